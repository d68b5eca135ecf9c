import { stripVTControlCharacters } from 'node:util';

// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern removes them
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g;

/** A text of one line for HTML: within an element, or within quotes in an attribute. */
export function escapeHtml(text: string): string {
  const plain = stripVTControlCharacters(text).replace(CONTROL, ' ');
  return plain.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
