import { TickpipeError } from '../../errors/tickpipe-error.ts';

export const LANGUAGE_HINT = 'tickpipe help where explains the language';

/** How much of the expression is shown behind the place of an error. */
const SHOWN_CHARACTERS = 24;

/** An expression that cannot be used, as `USAGE`: what is wrong, and where. */
export interface WhereFault {
  readonly what: string;
  /** Where in the text, from 0 up. */
  readonly at: number;
  readonly hint?: string | undefined;
}

/** The error of a wrong expression: it names the character, and shows the text from there. @param text the whole expression */
export function whereError(text: string, { what, at, hint }: WhereFault): TickpipeError {
  const rest = text.slice(at);
  const shown = rest.length > SHOWN_CHARACTERS ? `${rest.slice(0, SHOWN_CHARACTERS)}...` : rest;
  const place = rest.trim() === '' ? 'at the end' : `at character ${at + 1}: ${shown}`;
  return new TickpipeError('USAGE', `--where: ${what}, ${place}`, {
    hint: hint ?? LANGUAGE_HINT,
  });
}
