import { loadCrypto } from './load-crypto.ts';

const HEX_DIGITS = 16;

/** 16 hexadecimal digits that stand for a text: in the name of a file, as the key of a lock. They are for ever: other versions must find the same. */
export function shortHash(text: string): string {
  return loadCrypto().createHash('sha256').update(text).digest('hex').slice(0, HEX_DIGITS);
}
