import { EXIT } from '../../errors/catalogue.ts';
import { CHECK } from '../../output/records/check-record.ts';
import type { RecordFlags } from '../command/flag-groups.ts';
import { planRecords, printText } from '../command/print-records.ts';
import type { CommandContext } from '../program/program.ts';
import { cleanText } from '../program/reporter.ts';
import { startSpinner, wantsColor } from '../program/spinner.ts';
import type { SettingSource } from '../settings/settings.ts';
import { renderCheck } from './check-text.ts';
import { CHECKS } from './checks.ts';
import { Doctor, type DoctorFlags, type DoctorOptions } from './doctor.ts';
import { type Checks, type NamedResult, runChecks } from './run-checks.ts';

/** Most results come at once. */
const SPINNER_AFTER_MS = 300;

export interface DiagnoseOptions extends DoctorOptions {
  readonly flags: DoctorFlags & RecordFlags;
  readonly sources: Readonly<Record<string, SettingSource>>;
  readonly checks?: Checks;
}

/**
 * Makes all checks and prints what each found: lines for people as soon as they are there, or rows where the flags ask for them.
 * Resolves to the exit status: 0, or that of the first failed check. Throws `OUTPUT_FAILED`, the errors of `planRecords`, and the signal's reason.
 */
export async function diagnose({ checks = CHECKS, sources, ...options }: DiagnoseOptions): Promise<number> {
  const { flags, context } = options;
  const { program } = context;
  const rows = wantsRows(flags) ? await planRecords(CHECK, { flags, sources }, context) : undefined;
  const streams = flags.format === 'ndjson' && flags.output === undefined && flags.raw !== true;
  const doctor = new Doctor(options);
  const { env, stdout } = program;
  const width = (stdout.isTTY && stdout.columns) || Number.POSITIVE_INFINITY;
  const hasColor = wantsColor(env, stdout);
  const results: NamedResult[] = [];
  const running = runChecks(checks, doctor);
  try {
    for (;;) {
      const { value, done } = await showWaiting(running.next(), context);
      if (done) break;
      results.push(value);
      if (streams) await rows?.print([toRecord(value)]);
      if (rows !== undefined) continue;
      if ((await printText(renderCheck(value, { width, hasColor }), program)) === 'reader_gone') return EXIT.done;
    }
  } finally {
    doctor.closeConnection();
  }
  if (!streams) await rows?.print(results.map(toRecord));
  return results.find(({ status }) => status === 'failed')?.exit ?? EXIT.done;
}

/** Waits for a result, with a spinner when it takes a while. */
async function showWaiting<T>(result: Promise<T>, { program, reporter }: CommandContext): Promise<T> {
  let stop = (): void => {};
  let isOver = false;
  const timer = program.clock.after(SPINNER_AFTER_MS, async () => {
    const spinner = await startSpinner(program, reporter, 'checking');
    if (isOver) spinner?.stop();
    else if (spinner) stop = () => spinner.stop();
  });
  try {
    return await result;
  } finally {
    isOver = true;
    timer.cancel();
    stop();
  }
}

/** Without a flag about rows, checks are lines for people, also in a pipe. */
function wantsRows({ format, raw, fields, output }: RecordFlags): boolean {
  return format !== undefined || raw === true || fields !== undefined || output !== undefined;
}

const toRecord = ({ check, status, message, hint }: NamedResult) => ({
  check,
  status,
  message: cleanText(message),
  hint: hint === undefined ? null : cleanText(hint),
});
