import { expect, test } from 'vitest';
import { type Damage, describeDamage } from '../../../src/lib/recording/reader/damage.ts';

const DAMAGE: Damage = { file: 'a.gz', offset: 70, bytes: 5, within: 'file', reason: 'not gzip data' };

test.each([
  [DAMAGE, 'a.gz: 5 bytes at offset 70 lost: not gzip data'],
  [
    { ...DAMAGE, bytes: 1, within: 'contents', reason: 'not a whole row' },
    'a.gz: 1 byte at unpacked offset 70 lost: not a whole row',
  ],
  [
    { ...DAMAGE, bytes: 0, reason: 'gzip data that was cut off' },
    'a.gz: what follows offset 70 is lost: gzip data that was cut off',
  ],
] as const)('%j', (damage, text) => {
  expect(describeDamage(damage)).toBe(text);
});
