import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { csvLine, fileOf, futureLine, NOW_MS, optionLine } from './csv-lines.ts';

const HEAD_BYTES = 24;
const VERSION_AT = 4;

/** The bytes of a small file in which every section has something. */
function makeBytes(): Buffer {
  const file = fileOf('NSE_FO', [
    csvLine('NSE_FO', {
      symbol: 'NSE:NIFTY',
      token: 26000,
      name: 'NIFTY 50',
      underlying: 'NIFTY',
      isin: 'INE062A01020',
    }),
    csvLine('NSE_FO', { symbol: 'NSE:ODD', token: '0012345678901', name: 'ODD TOKEN' }),
    futureLine('NSE_FO', 'NIFTY', '2026-12-29', 40_001),
    optionLine('NSE_FO', 'NIFTY', '2026-12-29', 24_000, 'PE', 40_002),
    optionLine('NSE_FO', 'NIFTY', '2026-12-29', 24_000, 'CE', 40_003),
    optionLine('NSE_FO', 'SBIN', '2026-12-29', 882.5, 'CE', 40_004),
    'a line that cannot be read',
  ]);
  return file.confirm(NOW_MS);
}

test('another layout of a cached file has another version: raise VERSION in container.ts, then write both down here', () => {
  const bytes = makeBytes();
  const content = createHash('sha256').update(bytes.subarray(HEAD_BYTES)).digest('hex').slice(0, 16);
  expect({ version: bytes.readUInt32LE(VERSION_AT), content }).toEqual({ version: 7, content: 'e55f4d425e936638' });
});
