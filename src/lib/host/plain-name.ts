import { InvalidValue } from '../errors/invalid-value.ts';

const MAX_CHARACTERS = 64;
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const EXPECTED = 'letters, digits, ".", "_" and "-", beginning with a letter or a digit';

/**
 * A name that a user gives to something and that becomes the name of a file: of a profile, of a watchlist. It can be no path, no
 * hidden file and no flag. Throws `InvalidValue`.
 */
export function readPlainName(text: string): string {
  if (text.length > MAX_CHARACTERS) throw new InvalidValue(`expected a name of at most ${MAX_CHARACTERS} characters`);
  if (PLAIN_NAME.test(text)) return text;
  throw new InvalidValue(`expected a name of ${EXPECTED}, not ${JSON.stringify(text)}`);
}

export function isPlainName(text: string): boolean {
  return text.length <= MAX_CHARACTERS && PLAIN_NAME.test(text);
}
