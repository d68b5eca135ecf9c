/*
 * Reads rows from a pipe and notes when each came. It reads with blocking calls: no event loop, and hardly any garbage, comes between
 * the arrival of a row and its time. Arguments: how many rows there are, and the file for their times, a Float64Array by number.
 */
const { readSync, writeFileSync } = require('node:fs');

const [rows, file, firstNumber, key] = process.argv.slice(2);
const first = Number(firstNumber);
const times = new Float64Array(Number(rows)).fill(Number.NaN);
const keyBytes = Buffer.from(key);
const NUMBER_BYTES = String(first).length;
const bytes = Buffer.alloc(256 * 1024);
/** What has been read of the last row. */
let kept = 0;

for (let left = times.length; left > 0; ) {
  const count = readSync(0, bytes, kept, bytes.length - kept);
  if (count === 0) break;
  const now = Number(process.hrtime.bigint()) / 1e6;
  const length = kept + count;
  const end = bytes.lastIndexOf(10, length - 1) + 1;
  for (let at = bytes.indexOf(keyBytes); at >= 0 && at < end; at = bytes.indexOf(keyBytes, at + 1)) {
    const number = readNumber(at + keyBytes.length) - first;
    if (!(number >= 0 && number < times.length)) continue;
    times[number] = now;
    left--;
  }
  bytes.copyWithin(0, end, length);
  kept = length - end;
}
writeFileSync(file, times);

/** Other volumes are shorter, and no number of a load. */
function readNumber(at) {
  let value = 0;
  for (let place = 0; place < NUMBER_BYTES; place++) value = value * 10 + bytes[at + place] - 48;
  return value;
}
