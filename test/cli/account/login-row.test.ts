import { expect, it } from 'vitest';
import { maskAppId } from '../../../src/lib/cli/account/login-row.ts';

it.each([
  ['ABCDEFGHIJ-100', 'ABCD******-100'],
  ['ABCDEFGHIJ', 'ABCD******'],
  ['ABCDEF-100', 'ABC***-100'],
  ['AB-CD-100', 'AB***-100'],
  ['A-1', '*-1'],
  ['-100', '-100'],
])('the app id %s is shown as %s', (appId, shown) => {
  expect(maskAppId(appId)).toBe(shown);
});
