import * as Args from '@oclif/core/args';
import { BaseCommand } from '../lib/cli/command/base-command.ts';
import { printText } from '../lib/cli/command/print-records.ts';
import { EXIT } from '../lib/errors/catalogue.ts';
import { TickpipeError } from '../lib/errors/tickpipe-error.ts';
import { findNearest } from '../lib/text/nearest.ts';

export default class Schema extends BaseCommand {
  static override summary = 'print the JSON Schema of the rows';
  static override description =
    'Prints the JSON Schema (draft 2020-12) of one type of row, or without TYPE of all: SymbolUpdate, IndexUpdate, DepthUpdate, LiteUpdate, the control rows Gap, Status and Skipped, and the rows of other commands, such as Symbol and Subscribed. Each column has its meaning, its unit (x-unit) and when it is null (x-null).';
  static override examples = [
    '<%= config.bin %> <%= command.id %> SymbolUpdate > symbol-update.schema.json',
    "<%= config.bin %> <%= command.id %> DepthUpdate | jq -r '.properties | keys_unsorted[]'",
  ];
  static override args = { type: Args.string({ description: 'a type of row', ignoreStdin: true }) };

  override async run(): Promise<number> {
    const { args } = await this.parseFlags(Schema);
    // zod is loaded only here.
    const { findRowSchema, listRowNames } = await import('../lib/output/records/all-schemas.ts');
    const schema = findRowSchema(args.type);
    if (schema === undefined) throw unknownType(args.type ?? '', listRowNames());
    await printText(`${JSON.stringify(schema, null, 2)}\n`, this.program);
    return EXIT.done;
  }
}

function unknownType(given: string, names: readonly string[]): TickpipeError {
  const nearest = findNearest(given, names);
  return new TickpipeError('USAGE', `there is no row type ${JSON.stringify(given.slice(0, 100))}`, {
    hint: nearest ? `did you mean ${nearest}?` : `one of ${names.join(', ')}`,
  });
}
