import { EXIT } from '../../errors/catalogue.ts';
import type { Kind } from '../../market/kinds.ts';
import { describeFields } from '../../output/rows/field-selection.ts';
import type { Program } from '../program/program.ts';
import { printText } from './print-records.ts';

/** The answer to `--fields help`. Resolves to the exit status. Throws `OUTPUT_FAILED`. */
export async function listFields(program: Program, kinds: readonly Kind[]): Promise<number> {
  await printText(describeFields(kinds), program);
  return EXIT.done;
}
