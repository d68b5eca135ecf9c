import { SAMPLE_ROWS } from '../../market/sample-rows.ts';
import type { ANSWERS, Made, PARTS } from '../protocol/answers.ts';

/*
 * What a hub on the simulator answered, with a REST caller, a `stream symbols` and a WebSocket client on it.
 */

const SBIN = 'NSE:SBIN-EQ';
const sbinRow = JSON.parse(SAMPLE_ROWS.SymbolUpdate) as Made<typeof PARTS.SymbolUpdate>;

const sessions: Made<typeof PARTS.ClientSession>[] = [
  {
    id: 's1',
    pid: null,
    command: 'rest',
    symbols: [SBIN, 'NSE:NIFTY50-INDEX'],
    rows: 0,
    skipped: 0,
    since: 1796051554412,
  },
  {
    id: 's2',
    pid: 1251,
    command: 'stream symbols',
    symbols: ['NSE:INFY-EQ'],
    rows: 59,
    skipped: 0,
    since: 1796051554899,
  },
  {
    id: 's3',
    pid: null,
    command: 'websocket',
    symbols: [SBIN, 'NSE:NIFTY50-INDEX'],
    rows: 55,
    skipped: 0,
    since: 1796051556951,
  },
];
const subscriptions = {
  SymbolUpdate: [SBIN, 'NSE:INFY-EQ'],
  IndexUpdate: ['NSE:NIFTY50-INDEX'],
  DepthUpdate: [SBIN],
  LiteUpdate: [],
};
const data_cache = { SymbolUpdate: 2, IndexUpdate: 1, DepthUpdate: 1, LiteUpdate: 0 };

export const STATUS: Made<typeof PARTS.ConnectionStatus> = {
  connected: true,
  streaming: true,
  since: 1796051553507,
  token_expires_at: null,
  subscriptions,
  data_cache,
  sessions,
  counters: { messages: 156, bytes: 17915, ticks: 195, malformed: 0, reconnects: 0, gaps: 0 },
  simulated: true,
};

export const CONNECTED: Made<typeof ANSWERS.connection> = {
  status: 'success',
  data: { connected: true, subscriptions, data_cache },
};
export const STILL_CONNECTED: Made<typeof ANSWERS.connection> = {
  ...CONNECTED,
  message: '1 session keeps it connected',
};
export const SUBSCRIBED: Made<typeof ANSWERS.subscribed> = {
  status: 'success',
  message: 'Subscribed to 2 symbols',
  data_type: 'SymbolUpdate',
  symbols: [SBIN, 'NSE:NIFTY50-INDEX'],
  rejected: [{ symbol: 'NSE:NOPE-EQ', code: 'UNKNOWN_SYMBOL' }],
};
export const UNSUBSCRIBED: Made<typeof ANSWERS.unsubscribed> = {
  status: 'success',
  message: 'Unsubscribed from 1 symbol',
  data_type: 'SymbolUpdate',
  symbols: [SBIN],
};
export const VALUES: Made<typeof ANSWERS.values> = {
  status: 'success',
  data_type: 'SymbolUpdate',
  data: { [SBIN]: sbinRow },
};
export const VALUE: Made<typeof ANSWERS.value> = { status: 'success', symbol: SBIN, data: sbinRow };
export const HUB: Made<typeof ANSWERS.hub> = {
  hub: {
    pid: 1207,
    since: 1796051553507,
    feed: 'the simulator',
    state: 'live',
    token_expires_at: null,
    last_tick_at: 1796051558469,
    reconnects: 0,
    gaps: 0,
    simulated: true,
  },
  sessions,
  subscriptions,
  silent: [],
};
export const ADDED: Made<typeof ANSWERS.sessionChange> = {
  status: 'success',
  session: 's2',
  results: [
    { type: 'SymbolUpdate', symbol: SBIN, status: 'ok' },
    { type: 'SymbolUpdate', symbol: 'NSE:NOPE-EQ', status: 'unknown' },
  ],
};
export const DROPPED: Made<typeof ANSWERS.sessionChange> = {
  status: 'success',
  session: 's2',
  results: [
    { type: 'SymbolUpdate', symbol: SBIN, status: 'ok' },
    { type: 'SymbolUpdate', symbol: 'NSE:TCS-EQ', status: 'not_subscribed' },
  ],
};
export const METRICS = `# HELP tickpipe_connected 1 while the feed is connected and delivering
# TYPE tickpipe_connected gauge
tickpipe_connected 1

# HELP tickpipe_ticks_total Ticks from the feed
# TYPE tickpipe_ticks_total counter
tickpipe_ticks_total 196
`;
