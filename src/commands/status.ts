import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../lib/cli/command/base-command.ts';
import { choiceFlag, hubFlags } from '../lib/cli/command/flags.ts';
import { printText } from '../lib/cli/command/print-records.ts';
import { findMarketReport } from '../lib/cli/feed/market-report.ts';
import { findHub } from '../lib/cli/hub/hub-control.ts';
import type { Program } from '../lib/cli/program/program.ts';
import { EXIT } from '../lib/errors/catalogue.ts';
import { TickpipeError } from '../lib/errors/tickpipe-error.ts';
import type { HubStatus } from '../lib/hub/server/hub-status.ts';
import { FORMATS } from '../lib/output/rows/encoder.ts';

const NOTHING = { hub: null, sessions: [] } as const;
/** The status is one object, so rows of cells are not possible. */
const OWN_FORMATS = ['ndjson', 'table'] as const;

export default class Status extends BaseCommand {
  static override summary = 'print the shared session: connection, sessions, subscriptions, ages';
  static override description =
    'Prints a table on a terminal, one JSON object in a pipe. In the object, times such as since and last_tick_at are epoch milliseconds; rows and skipped are numbers of rows. Ends with 0 also when no hub runs: then hub is null. With --check a hub to which nothing is subscribed is not live: it has no connection. Ends with 5 when the hub of --feed ws:// does not answer. Without a token it finds the hub of this user when only one runs. It never starts a hub.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    "<%= config.bin %> <%= command.id %> | jq '.sessions[].symbols'",
    '<%= config.bin %> <%= command.id %> --check || echo not live',
  ];
  static override flags = {
    ...hubFlags,
    check: Flags.boolean({ summary: 'print nothing; end with 0 only when the feed is live, else with 5' }),
    format: choiceFlag(FORMATS)({
      char: 'f',
      summary: 'the format of the rows; without it a table on a terminal, ndjson otherwise',
      helpGroup: 'output',
      helpValue: OWN_FORMATS.join('|'),
    }),
  };

  override async run(): Promise<number> {
    const { flags, sources } = await this.parseFlags(Status);
    const { program } = this;
    const chosen = OWN_FORMATS.find((format) => format === flags.format);
    // The variable or the profile means other commands.
    if (flags.format !== undefined && chosen === undefined && sources['format'] === 'flag') {
      throw new TickpipeError('USAGE', `--format: expected one of ${OWN_FORMATS.join(', ')}, not "${flags.format}"`);
    }
    const report = (await findHub(flags, this.context))?.status;
    if (flags.check) return report?.hub.state === 'live' ? EXIT.done : EXIT.unreachable;
    const format = chosen ?? (program.stdout.isTTY ? 'table' : 'ndjson');
    const market = report && (await describeMarket(report, program));
    if (format === 'ndjson') {
      // `market` is the last key. Only feeds with market hours have it.
      const status = report === undefined ? NOTHING : { ...report, ...(market && { market }) };
      await printText(`${JSON.stringify(status)}\n`, program);
    } else {
      const { renderStatus } = await import('../lib/cli/hub/status-table.ts');
      await printText(renderStatus(report, program.clock.now(), market), program);
    }
    return EXIT.done;
  }
}

/** When the markets of the subscribed symbols trade; undefined or empty without such symbols. */
async function describeMarket({ hub, subscriptions }: HubStatus, program: Program): Promise<string | undefined> {
  const report = await findMarketReport(hub, program, 'all');
  return report?.([...new Set(Object.values(subscriptions).flat())]);
}
