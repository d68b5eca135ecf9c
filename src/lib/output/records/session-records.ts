import { defineRecord, textColumn } from './record-type.ts';

const session = textColumn('The session that was changed, as `status` lists it.');
const symbol = textColumn('The symbol as FYERS writes it.');

export const SUBSCRIBED = defineRecord({
  name: 'Subscribed',
  printedBy: '`subscribe`, one for each session and symbol',
  columns: {
    session,
    symbol,
    status: textColumn('What became of it.', { values: ['ok', 'already', 'unknown'] }),
  },
  sample: { session: 's3', symbol: 'NSE:INFY-EQ', status: 'ok' },
});

export const UNSUBSCRIBED = defineRecord({
  name: 'Unsubscribed',
  printedBy: '`unsubscribe`, one for each session and symbol',
  columns: { session, symbol, status: textColumn('What became of it.', { values: ['ok', 'not_subscribed'] }) },
  sample: { session: 's3', symbol: 'NSE:INFY-EQ', status: 'ok' },
});
