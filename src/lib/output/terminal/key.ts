/** A key of the keyboard. */
export interface Key {
  /** As Node's readline names it: `up`, `pagedown`, `return`, `escape`, `s`; empty for a character without a name. */
  readonly name: string;
  /** The character that it types; empty for a key that types none. */
  readonly text: string;
  readonly isControl: boolean;
}
