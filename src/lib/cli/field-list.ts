import type { Kind } from '../market/kinds.ts';
import { describeFields } from '../output/field-selection.ts';
import type { Program } from './program.ts';

/** The answer to `--fields help`. Resolves to the exit status. */
export function listFields({ stdout }: Program, kinds: readonly Kind[]): Promise<number> {
  return new Promise((resolve) => stdout.write(describeFields(kinds), () => resolve(0)));
}
