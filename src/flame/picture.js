// The picture of --flame as something to work with. A click on a frame makes it as wide as the picture; "Search", `/`
// or Ctrl+F look for a part of a name. Names are only ever read and written as text.
'use strict';
(function() {
const picture = document.currentScript.ownerSVGElement;
const wide = 1200, padding = 3, letter = 7.25;
const part = (id) => picture.getElementById(id);
const note = part('details').textContent;

const frames = Array.from(part('frames').children, function(group) {
  const title = group.querySelector('title');
  const [name, amount] = title.textContent.split('\n');
  return {
    group,
    title,
    name,
    amount,
    letters: Array.from(name),
    rect: group.querySelector('rect'),
    text: group.querySelector('text'),
    x: Number(group.dataset.x),
    w: Number(group.dataset.w),
    d: Number(group.dataset.d),
  };
});
if (frames.length === 0) return;
const all = frames.find((frame) => frame.d === 0);
let shown = all;
let query = '';
let typing = false;

const end = (frame) => frame.x + frame.w;
const holds = (outer, inner) => outer.d <= inner.d && outer.x <= inner.x && end(outer) >= end(inner);

function fitted(frame, width) {
  const room = Math.floor((width - 2 * padding) / letter);
  if (room < 3) return '';
  return frame.letters.length <= room ? frame.name : frame.letters.slice(0, room - 2).join('') + '..';
}

function place(frame, left, width) {
  frame.group.classList.remove('hidden');
  frame.rect.setAttribute('x', left);
  frame.rect.setAttribute('width', width);
  frame.text.setAttribute('x', left + padding);
  frame.text.textContent = fitted(frame, width);
}

function zoom(to) {
  shown = to;
  for (const frame of frames) {
    const around = frame !== to && holds(frame, to);
    frame.group.classList.toggle('around', around);
    if (around || frame === to) {
      place(frame, 0, wide);
    } else if (holds(to, frame)) {
      place(frame, ((frame.x - to.x) / to.w) * wide, (frame.w / to.w) * wide);
    } else {
      frame.group.classList.add('hidden');
    }
  }
  part('reset').classList.toggle('hidden', to === all);
  search();
}

// How much of what is shown lies on frames that were found; what one of them calls counts once.
function search() {
  const wanted = query.toLowerCase();
  const found = frames.filter(function(frame) {
    const is = wanted !== '' && frame.d > 0 && frame.name.toLowerCase().includes(wanted);
    frame.group.classList.toggle('found', is);
    return is && (holds(shown, frame) || holds(frame, shown));
  });
  found.sort((a, b) => a.x - b.x || b.w - a.w);
  let sum = 0, until = shown.x;
  for (const frame of found) {
    const from = Math.max(frame.x, until), to = Math.min(end(frame), end(shown));
    if (to > from) sum += to - from;
    until = Math.max(until, to);
  }
  part('search').textContent = typing || query !== '' ? 'Search: ' + query + (typing ? '_' : '') : 'Search';
  part('matched').textContent = query === '' ? '' : 'Found: ' + ((sum / shown.w) * 100).toFixed(2) + ' %';
}

function listen(on) {
  typing = on;
  search();
}

const frame_at = (target) => frames.find((frame) => frame.group === target.closest('.frame'));

picture.addEventListener('click', function(event) {
  const frame = frame_at(event.target);
  if (frame)
    zoom(frame);
  else if (event.target.id === 'reset')
    zoom(all);
  else if (event.target.id === 'search')
    listen(true);
});
picture.addEventListener('mouseover', function(event) {
  const frame = frame_at(event.target);
  part('details').textContent = frame ? frame.name + ': ' + frame.amount : note;
});
window.addEventListener('keydown', function(event) {
  const begins = (event.key === 'f' && event.ctrlKey) || (event.key === '/' && !typing);
  if (begins)
    listen(true);
  else if (event.key === 'Escape') {
    if (query === '' && !typing) zoom(all);
    query = '';
    listen(false);
  } else if (!typing || event.ctrlKey || event.altKey || event.metaKey)
    return;
  else if (event.key === 'Enter')
    listen(false);
  else if (event.key === 'Backspace')
    query = Array.from(query).slice(0, -1).join('');
  else if (Array.from(event.key).length === 1)
    query += event.key;
  else
    return;
  event.preventDefault();
  search();
});
})();
