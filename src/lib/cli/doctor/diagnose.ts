import { EXIT } from '../../errors/catalogue.ts';
import { CHECK } from '../../output/records/check-record.ts';
import type { RecordFlags } from '../command/flag-groups.ts';
import { planRecords, printText } from '../command/print-records.ts';
import type { CommandContext } from '../program/program.ts';
import { cleanText } from '../program/reporter.ts';
import { startSpinner, wantsColor } from '../program/spinner.ts';
import type { SettingSource } from '../settings/settings.ts';
import { CHECK_NAMES, CHECK_STATUSES, type CheckStatus } from './check.ts';
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
  const marks = createMarks(wantsColor(program.env, program.stdout));
  const results: NamedResult[] = [];
  const running = runChecks(checks, doctor);
  try {
    for (;;) {
      const { value, done } = await showWaiting(running.next(), context);
      if (done) break;
      results.push(value);
      if (streams) await rows?.print([toRecord(value)]);
      if (rows !== undefined) continue;
      if ((await printText(renderLine(value, marks), program)) === 'reader_gone') return EXIT.done;
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

type Marks = Readonly<Record<CheckStatus, string>>;

const STATUS_WIDTH = Math.max(...CHECK_STATUSES.map(({ length }) => length));
const NAME_WIDTH = Math.max(...CHECK_NAMES.map(({ length }) => length));
const COLORS: Readonly<Record<CheckStatus, string>> = { ok: '32', warning: '33', failed: '31' };

/** The first word of a line, in its colour. */
function createMarks(hasColor: boolean): Marks {
  const marks = CHECK_STATUSES.map((status) => {
    const word = status.padEnd(STATUS_WIDTH);
    return [status, hasColor ? `\u001b[${COLORS[status]}m${word}\u001b[39m` : word] as const;
  });
  return Object.fromEntries(marks) as Marks;
}

/** One line: `failed   token          token expired at 06:00 IST; hint: run tickpipe login`. */
function renderLine({ check, status, message, hint }: NamedResult, marks: Marks): string {
  const text = cleanText(hint === undefined ? message : `${message}; hint: ${hint}`);
  return `${marks[status]}  ${check.padEnd(NAME_WIDTH)}  ${text}\n`;
}
