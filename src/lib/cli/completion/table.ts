/*
 * What completion knows about the program itself. The build makes it from the manifest of the commands
 * (`scripts/completion-table.ts`) and writes it beside the bundle, so that completion loads no command.
 */

/** What may stand in the place of a value. */
export type Values =
  | {
      readonly kind: 'words';
      readonly words: readonly string[];
      /** Several of them may stand between commas. */
      readonly list?: true;
    }
  /** A file, or a folder, which the shell completes itself. */
  | { readonly kind: 'files' }
  | { readonly kind: 'folders' }
  /** Words, and `file:` with a path behind it. */
  | { readonly kind: 'feeds'; readonly words: readonly string[] }
  /** Symbols and watchlists, also between commas. */
  | { readonly kind: 'symbols' }
  /** What contracts are on, as NIFTY. */
  | { readonly kind: 'underlyings' }
  | { readonly kind: 'watchlists' }
  | { readonly kind: 'profiles' }
  /** What stands in the watchlist that the first argument names. */
  | { readonly kind: 'listed' }
  /** The flags that a profile may set. */
  | { readonly kind: 'keys' }
  /** A value of the flag that the argument before names. */
  | { readonly kind: 'value-of-key' };

export interface FlagEntry {
  readonly name: string;
  readonly char?: string;
  readonly summary: string;
  /** False for a flag without a value; null for a value that cannot be completed. */
  readonly values: Values | null | false;
  /** It may be given several times. */
  readonly repeats?: true;
}

export interface CommandEntry {
  readonly summary: string;
  /** Places in `CompletionTable.flags`. */
  readonly flags: readonly number[];
  /** The arguments in their order. The last one may be repeated. */
  readonly arguments: readonly { readonly values: Values | null; readonly repeats?: true }[];
}

export interface CompletionTable {
  /** Every flag once, although many commands have it. */
  readonly flags: readonly FlagEntry[];
  /** By what people type, as `stream symbols`. */
  readonly commands: Readonly<Record<string, CommandEntry>>;
  /** The summaries of the first words of commands with two words. */
  readonly groups: Readonly<Record<string, string>>;
  /** The summaries of the topics of `tickpipe help`. */
  readonly topics: Readonly<Record<string, string>>;
}
