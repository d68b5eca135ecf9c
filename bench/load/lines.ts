/*
 * The same load without a feed: lines of the size of rows, at the same planned times, into a pipe. Arguments: messages, period in
 * milliseconds, rows of a message. Its one message is `Sent`.
 */
import { FIRST_NUMBER, NUMBER_KEY } from './numbers.ts';
import { sendSteadily } from './pace.ts';

/** As the rows of the load are. */
const ROW_BYTES = 500;

const [messages = 0, periodMs = 0, rows = 0] = process.argv.slice(2).map(Number);
const head = `{"type":"SymbolUpdate",${NUMBER_KEY}`;
const tail = `,"rest":"${'x'.repeat(ROW_BYTES - head.length - String(FIRST_NUMBER).length - 12)}"}\n`;
let text = Buffer.alloc(0);
let next = FIRST_NUMBER;
const sent = await sendSteadily(
  messages,
  periodMs,
  async () => {
    text = Buffer.from(Array.from({ length: rows }, () => `${head}${next++}${tail}`).join(''));
    return true;
  },
  () => process.stdout.write(text),
);
process.send?.(sent);
process.disconnect();
