"""However ktrace ends, and whatever its tracees are doing then: they go on, as if they had never been traced.

usage: matrix.py KTRACE TARGETS [--full N] [--jobs N] [--seed N] [--only WORDS]

A condition is an end, a state and a start (the tables in trial.py). Each is tried with a fresh ktrace and a fresh `lives`
(targets/lives.c), which tells itself what went wrong in it; the rest is looked at from outside: who is still traced,
stopped or there at all. Without --full every pair of an end and a state is tried once, with the starts in turn; with it
all conditions are tried N times. `--only "kill births"` takes the conditions that have all these words. Time is only
used to give up on what hangs, but for random naps before the end, which spread it over the moments of a state.
"""

import argparse
import collections
import concurrent.futures
import itertools
import os
import random
import resource
import signal
import sys

from trial import ENDS, LIBC, PR_SET_CHILD_SUBREAPER, STARTS, STATES, Condition, Disk, Trial


def become_worker():
    # Whoever starts this in the background or by nohup(1) has them ignored, which every program here would inherit.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Disk.mount()


def try_once(ktrace, targets, condition, seed):
    return condition, Trial(ktrace, targets, condition, random.Random(seed)).run()


def conditions_of(arguments):
    """With how often each is tried, and those that cannot be."""
    every = [Condition(*words) for words in itertools.product(ENDS, STATES, STARTS)]
    possible = [condition for condition in every if not condition.impossible()]
    if not arguments.full:
        starts = list(STARTS)
        chosen = []
        for (i, end), (j, state) in itertools.product(enumerate(ENDS), enumerate(STATES)):
            here = [c for k in range(len(starts)) for c in possible
                    if (c.end, c.state, c.start) == (end, state, starts[(i + j + k) % len(starts)])]
            chosen += here[:1]
        possible = chosen
    words = arguments.only.split()
    chosen = [c for c in possible if all(word in (c.end, c.state, c.start) for word in words)]
    return chosen * max(arguments.full, 1), [c for c in every if c.impossible()]


def show(outcomes):
    """A line for each end and start, a column for each state: how many were fine, of how many if not all were."""
    width = max(map(len, STATES)) + 1
    print(f"{'':32}" + "".join(f"{state:>{width}}" for state in STATES))
    for end, start in itertools.product(ENDS, STARTS):
        row = [outcomes.get(Condition(end, state, start)) for state in STATES]
        if not any(row):
            continue
        cells = []
        for found in row:
            tried = {k: v for k, v in (found or {}).items() if not k.startswith("skipped")}
            fine, count = tried.get("fine", 0), sum(tried.values())
            cells.append("-" if not count else str(count) if fine == count else f"{fine}/{count}")
        print(f"{end + ' ' + start:32}" + "".join(f"{cell:>{width}}" for cell in cells))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ktrace")
    parser.add_argument("targets")
    parser.add_argument("--full", type=int, default=0, metavar="N")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    todo, impossible = conditions_of(arguments)
    chance = random.Random(arguments.seed)
    chance.shuffle(todo)
    print(f"seed {arguments.seed}, {len(todo)} trials, {'root' if os.geteuid() == 0 else 'ordinary user'}", flush=True)
    outcomes = collections.defaultdict(collections.Counter)
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs, initializer=become_worker) as workers:
        trials = [workers.submit(try_once, os.path.abspath(arguments.ktrace), arguments.targets, condition,
                                 chance.random()) for condition in todo]
        for trial in concurrent.futures.as_completed(trials):
            condition, outcome = trial.result()
            outcomes[condition][outcome] += 1
            if outcome != "fine" and not outcome.startswith("skipped"):
                print(f"{condition}: {outcome}", flush=True)
    show(outcomes)
    every = collections.Counter()
    for found in outcomes.values():
        every.update(found)
    for reason, count in collections.Counter(c.impossible() for c in impossible).items():
        print(f"{count} conditions do not exist: {reason}")
    for outcome, count in every.items():
        if outcome.startswith("skipped"):
            print(f"{count} {outcome}")
    wrong = sum(count for outcome, count in every.items() if outcome != "fine" and not outcome.startswith("skipped"))
    print(f"{every['fine']} fine, {wrong} wrong")
    return 1 if wrong or not every["fine"] else 0


if __name__ == "__main__":
    sys.exit(main())
