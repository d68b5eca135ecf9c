import { EXIT } from '../../errors/catalogue.ts';
import type { Kind } from '../../market/kinds.ts';
import type { Format } from '../../output/rows/encoder.ts';
import { openStandardOutput } from '../../output/writer/byte-sink.ts';
import { OutputWriter } from '../../output/writer/output-writer.ts';
import type { Program } from '../program/program.ts';

/** Prints a few records with the same keys, in this order of columns. Throws `OUTPUT_FAILED`. */
export async function printRecords(
  records: readonly Readonly<Record<string, string>>[],
  columns: readonly string[],
  { format, 'no-header': noHeader = false }: { readonly format?: Format | undefined; readonly 'no-header'?: boolean },
  program: Program,
): Promise<void> {
  const chosen = format ?? (program.stdout.isTTY ? 'table' : 'ndjson');
  await printText(await render(records, columns, chosen, noHeader), program);
}

/** Writes a whole text to stdout. A reader that has left is not an error. Throws `OUTPUT_FAILED`. */
export async function printText(text: string, { stdout, clock }: Program): Promise<void> {
  const writer = new OutputWriter({ sink: openStandardOutput(stdout), target: 'standard output', clock });
  writer.buffer.appendText(text);
  writer.commit();
  await writer.end({ giveUpWhenStuck: false, whole: true });
}

/** The answer to `--fields help`. Resolves to the exit status. Throws `OUTPUT_FAILED`. */
export async function printFields(program: Program, kinds: readonly Kind[]): Promise<number> {
  const { describeFields } = await import('../../output/rows/field-selection.ts');
  await printText(describeFields(kinds), program);
  return EXIT.done;
}

async function render(
  records: readonly Readonly<Record<string, string>>[],
  columns: readonly string[],
  format: Format,
  noHeader: boolean,
): Promise<string> {
  switch (format) {
    case 'ndjson':
      return records.map((record) => `${JSON.stringify(record)}\n`).join('');
    case 'csv': {
      const { stringify } = await import('csv-stringify/sync');
      return stringify([...records], { header: !noHeader, columns: [...columns] });
    }
    case 'table': {
      const { renderGrid } = await import('../../output/table/grid.ts');
      const table = renderGrid(
        columns.map((title) => ({ title, align: 'left' as const, rank: 0 })),
        records.map((record) => columns.map((column) => record[column] ?? '')),
        { width: Number.POSITIVE_INFINITY, header: !noHeader },
      );
      return `${table}\n`;
    }
  }
}
