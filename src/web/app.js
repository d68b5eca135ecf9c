/* The live page: one WebSocket to the hub that served it, one table row for each symbol. */

const RETRY_MS = 2_000;
const UNAUTHORIZED = 401;

const state = document.querySelector('#state');
const message = document.querySelector('#message');
const body = document.querySelector('#rows');
const loginForm = document.querySelector('#login');
const subscribeForm = document.querySelector('#subscribe');

/** What is subscribed: data type by symbol. */
const wanted = new Map();
const rows = new Map();
let socket;

function connect() {
  socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/websocket/stream`);
  socket.onopen = () => {
    send({ action: 'get_status' });
    for (const [symbol, type] of wanted) send({ action: 'subscribe', symbols: [symbol], data_type: type });
  };
  socket.onmessage = ({ data }) => receive(JSON.parse(data));
  socket.onclose = async () => {
    show('not connected to the hub', true);
    for (const { line } of rows.values()) line.classList.add('stale');
    if ((await askStatus()) !== UNAUTHORIZED) setTimeout(connect, RETRY_MS);
  };
}

/** The HTTP status of a request, or 0 when nobody answers: a WebSocket does not tell why it was refused. */
async function askStatus() {
  const status = await fetch('/healthz').then(
    (answer) => answer.status,
    () => 0,
  );
  loginForm.hidden = status !== UNAUTHORIZED;
  return status;
}

function send(request) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(request));
}

function receive({ type, data, ...rest }) {
  if (type === 'status') showStatus(data);
  else if (type === 'ack') settle(rest);
  else if (type === 'error')
    message.textContent = `${rest.message}${rest.symbols ? `: ${rest.symbols.join(', ')}` : ''}`;
  else if (data) showRow(data);
}

function showStatus({ connected, counters }) {
  show(connected ? `live, ${counters.ticks} ticks so far` : 'the feed is not connected', !connected);
  for (const { line } of rows.values()) line.classList.toggle('stale', !connected);
}

function show(text, isBroken) {
  state.textContent = text;
  state.classList.toggle('broken', isBroken);
}

function settle({ action, symbols, rejected, data_type }) {
  message.textContent = rejected.map(({ symbol, code }) => `${symbol}: ${code}`).join(', ');
  for (const symbol of symbols) {
    if (action === 'subscribe') wanted.set(symbol, data_type);
    else {
      wanted.delete(symbol);
      rows.get(symbol)?.line.remove();
      rows.delete(symbol);
    }
  }
}

const COLUMNS = ['symbol', 'ltp', 'change', 'change_percent', 'bid', 'ask', 'volume'];

function showRow(row) {
  let shown = rows.get(row.symbol);
  if (shown === undefined) {
    shown = createLine(row.symbol);
    rows.set(row.symbol, shown);
  }
  const { line, cells, last } = shown;
  for (const name of COLUMNS) cells[name].textContent = row[name] ?? '';
  if (row.simulated) cells.symbol.textContent += ' (simulated)';
  if (row.ltp !== null && last !== undefined && row.ltp !== last) {
    cells.ltp.className = row.ltp > last ? 'up' : 'down';
  }
  shown.last = row.ltp ?? last;
  cells.received.textContent = new Date(row.received_at).toLocaleTimeString('en-GB', { timeZone: 'Asia/Kolkata' });
  line.classList.toggle('stale', row.stale === true);
}

function createLine(symbol) {
  const line = body.insertRow();
  line.dataset.symbol = symbol;
  const cells = Object.fromEntries([...COLUMNS, 'received'].map((name) => [name, line.insertCell()]));
  const drop = document.createElement('button');
  drop.textContent = 'Drop';
  drop.ariaLabel = `Drop ${symbol}`;
  drop.onclick = () => send({ action: 'unsubscribe', symbols: [symbol], data_type: wanted.get(symbol) });
  line.insertCell().append(drop);
  return { line, cells, last: undefined };
}

subscribeForm.onsubmit = (event) => {
  event.preventDefault();
  const { symbols, type } = Object.fromEntries(new FormData(subscribeForm));
  const names = symbols
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  send({ action: 'subscribe', symbols: names, data_type: type });
  subscribeForm.reset();
};

loginForm.onsubmit = async (event) => {
  event.preventDefault();
  const { token } = Object.fromEntries(new FormData(loginForm));
  const { ok } = await fetch('/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  loginForm.reset();
  loginForm.hidden = ok;
  message.textContent = ok ? '' : 'this is not the token';
  if (ok) connect();
};

await askStatus();
connect();
setInterval(() => send({ action: 'get_status' }), 5_000);
