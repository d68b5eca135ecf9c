import { KINDS, type Kind, ROW_TYPES } from '../market/kinds.ts';

const TYPE_AT = '{"type":"'.length;
const LAST_OF_TRUE = 0x65;

/** By the first letter of its type. */
const KINDS_BY_LETTER: readonly (Kind | undefined)[] = KINDS.reduce<Kind[]>((kinds, kind) => {
  kinds[ROW_TYPES[kind].charCodeAt(0)] = kind;
  return kinds;
}, []);

/** The kind of a row of the contract that begins here. */
export function kindOfRow(bytes: Uint8Array, begin: number): Kind | undefined {
  return KINDS_BY_LETTER[bytes[begin + TYPE_AT] as number];
}

/** Whether a row of the contract is marked as made up. @param end behind its line end */
export function isSimulatedRow(bytes: Uint8Array, end: number): boolean {
  return bytes[end - 3] === LAST_OF_TRUE;
}
