#!/usr/bin/env python3
"""Checks a JSON Lines trace: every line against the schema, no key twice in an object, strict JSON and UTF-8, the
header first. Usage: validate.py SCHEMA [TRACE]; without TRACE it reads standard input. Exit status 77: no jsonschema."""
import json
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise ValueError(f"keys stand twice: {sorted(twice)}")
    return dict(pairs)


def no_constant(text):
    raise ValueError(f"{text} is not JSON")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    # Each type has a definition of its own: checking just that one gives better messages than `oneOf`, and is faster.
    whole = jsonschema.Draft7Validator(schema)
    by_type = {}
    for reference in schema["oneOf"]:
        name = reference["$ref"].rsplit("/", 1)[1]
        kind = schema["definitions"][name]["properties"]["type"]["const"]
        by_type[kind] = jsonschema.Draft7Validator({**reference, "definitions": schema["definitions"]})

    data = open(sys.argv[2], "rb") if len(sys.argv) > 2 else sys.stdin.buffer
    counts = {}
    failures = 0
    for number, line in enumerate(data, 1):
        try:
            if not line.endswith(b"\n"):
                raise ValueError("the line does not end")
            event = json.loads(line.decode("utf-8"), object_pairs_hook=no_duplicates, parse_constant=no_constant)
            validator = by_type.get(event.get("type"), whole)
            errors = list(validator.iter_errors(event))
            if number == 1 and event.get("type") != "start":
                errors.append("the first line is no header")
            counts[event.get("type")] = counts.get(event.get("type"), 0) + 1
        except ValueError as error:
            errors = [error]
        for error in errors:
            failures += 1
            where = "/".join(map(str, getattr(error, "absolute_path", [])))
            print(f"line {number}: {where}: {getattr(error, 'message', error)}\n  {line[:400]!r}")
    print(f"{sum(counts.values())} lines, {failures} failures:", ", ".join(f"{n} {k}" for k, n in sorted(counts.items())))
    if not counts:
        failures += 1
    sys.exit(1 if failures else 0)


main()
