// Fills the control page from /control/state and sends its buttons to /control/...
const POLL_MS = 700;
const TOAST_MS = 4_000;

const byId = (id) => document.getElementById(id);
const PLATFORMS = { bigcommerce: 'Web', clover: 'Register' };

/** An element with attributes and children; text stays text. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined || value === null) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

let toastTimer = 0;
function toast(text, tone = 'plain') {
  const line = byId('toast');
  line.dataset.tone = tone;
  line.textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    line.textContent = '';
  }, TOAST_MS);
}

async function post(path, body) {
  try {
    const answer = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { said, error } = await answer.json();
    toast(said ?? error, answer.ok ? 'plain' : 'bad');
  } catch {
    toast('The sandbox does not answer. Is npm start still running?', 'bad');
  }
  await refresh();
}

let counting = null;
function openCount(row, side) {
  counting = side === 'bigcommerce' ? { variantId: row.variantId } : { itemId: row.itemId };
  const level = side === 'bigcommerce' ? row.web : row.register;
  byId('count-what').textContent = `${row.name} (${row.sku}), ${PLATFORMS[side].toLowerCase()}`;
  byId('count-level').value = level ?? 0;
  byId('count').showModal();
  byId('count-level').select();
}

byId('count').addEventListener('close', () => {
  if (byId('count').returnValue !== 'set' || counting === null) return;
  void post('/control/set-level', { ...counting, level: Number(byId('count-level').value) });
});

function levelCell(row, side) {
  const isWeb = side === 'bigcommerce';
  const label = PLATFORMS[side];
  const id = isWeb ? row.variantId : row.itemId;
  const level = isWeb ? row.web : row.register;
  const target = isWeb ? row.webTarget : row.registerTarget;
  if (id === null || level === null) {
    const what = id === null ? 'not there' : 'not counted';
    return make('td', {}, make('div', { class: 'cell none', 'data-label': label }, what));
  }
  const off = target !== null && target !== level;
  const sell = () =>
    isWeb
      ? post('/control/sell-online', { variantId: id, quantity: 1 })
      : post('/control/ring-up', { itemId: id, quantity: 1 });
  return make(
    'td',
    {},
    make(
      'div',
      { class: 'cell', 'data-label': label, 'data-off': off },
      make(
        'button',
        {
          type: 'button',
          class: 'level',
          title: 'Set by hand',
          'aria-label': `${label} level of ${row.name}: ${level}. Set by hand`,
          onclick: () => openCount(row, side),
        },
        String(level),
      ),
      off
        ? make('span', { class: 'target', title: 'Where Onhand is heading' }, `→ ${target}`)
        : null,
      make(
        'button',
        {
          type: 'button',
          class: isWeb ? 'sell-web' : 'sell-register',
          'aria-label': isWeb ? `Sell one ${row.name} online` : `Ring up one ${row.name}`,
          'data-sku': row.sku,
          disabled: isWeb && level <= 0,
          onclick: sell,
        },
        isWeb ? 'Sell' : 'Ring up',
      ),
    ),
  );
}

const shown = new Map();

/** Rows are kept and only those that changed are made anew, so that focus and scrolling stay where they are. */
function showRows(rows) {
  const words = byId('search').value.trim().toLowerCase();
  const body = byId('rows');
  const seen = new Set();
  for (const row of rows) {
    const key = `${row.variantId}/${row.itemId}`;
    seen.add(key);
    const text = JSON.stringify(row);
    const known = shown.get(key);
    if (known?.text !== text) {
      const element = rowElement(row, known !== undefined);
      if (known === undefined) body.append(element);
      else replaceRow(known.element, element);
      shown.set(key, { text, element });
    }
    const { element } = shown.get(key);
    element.hidden = !`${row.name} ${row.sku}`.toLowerCase().includes(words);
  }
  for (const [key, { element }] of shown) {
    if (seen.has(key)) continue;
    element.remove();
    shown.delete(key);
  }
}

function replaceRow(before, after) {
  const buttons = [...before.querySelectorAll('button')];
  const focused = buttons.indexOf(document.activeElement);
  before.replaceWith(after);
  if (focused >= 0) after.querySelectorAll('button')[focused]?.focus();
}

function rowElement(row, changed) {
  const note = row.note === '' ? null : make('em', {}, ` · ${row.note}`);
  return make(
    'tr',
    { class: changed ? 'flash' : false, 'data-sku': row.sku },
    make('th', { scope: 'row' }, row.name, make('small', {}, row.sku, note)),
    levelCell(row, 'bigcommerce'),
    levelCell(row, 'clover'),
    make(
      'td',
      { class: 'onhand-cell' },
      make('span', { class: row.onHand === null ? 'none' : 'onhand' }, String(row.onHand ?? '–')),
    ),
  );
}

const seconds = (ms) => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`);
const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });

function showSales(sales, nowMs) {
  const lags = sales.flatMap((sale) => (sale.lagMs === null ? [] : [sale.lagMs]));
  const middle = lags.toSorted((left, right) => left - right)[Math.floor(lags.length / 2)];
  byId('lag').replaceChildren(
    ...(middle === undefined
      ? ['Sell something: the time until the other side shows it appears here.']
      : [
          make('strong', {}, seconds(middle)),
          ' median, from a sale to the other side’s new level',
        ]),
  );
  byId('sales').replaceChildren(
    ...sales.map((sale) =>
      make(
        'li',
        {},
        make('time', {}, clock(sale.atMs)),
        make(
          'span',
          {},
          make('span', { class: `tag ${sale.platform}` }, PLATFORMS[sale.platform]),
          ` ${sale.quantity} × ${sale.sku}`,
        ),
        sale.lagMs === null
          ? make('span', { class: 'lag wait' }, `${seconds(nowMs - sale.atMs)} …`)
          : make('span', { class: 'lag' }, seconds(sale.lagMs)),
      ),
    ),
  );
}

let shownEvents = '';
function showEvents(events) {
  const text = JSON.stringify(events);
  if (text === shownEvents) return;
  shownEvents = text;
  byId('events').replaceChildren(
    ...events.map((event) =>
      make(
        'li',
        { class: event.tone },
        make('time', {}, clock(event.atMs)),
        make(
          'span',
          {},
          make('span', { class: `tag ${event.platform}` }, PLATFORMS[event.platform]),
          ` ${event.kind} ${event.text}`,
        ),
      ),
    ),
  );
}

function showFaults(faults) {
  byId('armed').replaceChildren(
    ...faults.map((rule) =>
      make('li', {}, `${rule.times} × ${PLATFORMS[rule.platform]} ${rule.of}: ${rule.fault}`),
    ),
  );
}

function showActivity(state) {
  const pill = byId('activity');
  const { activity } = state;
  const parked = activity?.parked > 0 ? `, ${activity.parked} parked` : '';
  const [word, text] = !state.reachable
    ? ['lost', 'Relay does not answer']
    : activity.outstanding === 0
      ? ['rest', `At rest${parked}`]
      : ['busy', `Working: ${activity.outstanding}${parked}`];
  pill.dataset.state = word;
  if (pill.textContent !== text) pill.textContent = text;
}

let rows = [];
let refreshing = false;
async function refresh() {
  if (refreshing) return;
  refreshing = true;
  try {
    const state = await (await fetch('/control/state')).json();
    rows = state.rows;
    showRows(rows);
    showSales(state.sales, state.nowMs);
    showEvents(state.events);
    showFaults(state.faults);
    showActivity(state);
  } catch {
    showActivity({ reachable: false, activity: null });
  } finally {
    refreshing = false;
  }
}

for (const form of document.querySelectorAll('form[data-post]')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form));
    if ('times' in fields) fields.times = Number(fields.times);
    void post(form.dataset.post, fields);
  });
}

byId('search').addEventListener('input', () => showRows(rows));

async function rush() {
  const sellable = rows.filter((row) => row.web > 1 && row.register > 1 && row.onHand !== null);
  for (let sale = 0; sale < 10; sale += 1) {
    const row = sellable[Math.floor(Math.random() * sellable.length)];
    if (row === undefined) {
      toast('Nothing is left to sell on both sides.', 'bad');
      return;
    }
    await (Math.random() < 0.5
      ? post('/control/sell-online', { variantId: row.variantId, quantity: 1 })
      : post('/control/ring-up', { itemId: row.itemId, quantity: 1 }));
  }
}

byId('rush').addEventListener('click', () => void rush());
void refresh();
setInterval(() => void refresh(), POLL_MS);
