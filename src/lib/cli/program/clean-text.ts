import { stripVTControlCharacters } from 'node:util';

/** A JSON Web Token: an access token or an auth code, whole or cut. */
const JSON_WEB_TOKEN = /\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g;
/** Control characters, which could move a terminal's cursor or forge a line. Tabs and all else stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]+/g;

/** One printable line: text that came from elsewhere can neither leak a token nor write to the terminal on its own. */
export function cleanText(text: string): string {
  return stripVTControlCharacters(text).replace(JSON_WEB_TOKEN, '<token>').replace(CONTROL, ' ');
}
