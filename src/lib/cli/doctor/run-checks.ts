import { Overdue, raceAbort, within } from '../../clock/abort.ts';
import { EXIT } from '../../errors/catalogue.ts';
import { reportOf } from '../program/error-report.ts';
import { CHECK_NAMES, type Check, type CheckName, type CheckResult, failed, untried } from './check.ts';
import type { Doctor } from './doctor.ts';

/** A check with its result. */
export type NamedResult = CheckResult & { readonly check: CheckName };

export type Checks = Readonly<Record<CheckName, Check>>;

/**
 * Makes all checks, at the same time where none needs another, and gives the results in the order of `CHECK_NAMES`, each as soon as it and
 * those before it are there. A check that throws something unexpected or takes too long has failed; the others go on. Throws the
 * signal's reason, and the error of a process that has reached its limit of open files.
 */
export async function* runChecks(checks: Checks, doctor: Doctor): AsyncGenerator<NamedResult> {
  const { feed, context } = doctor;
  const names = CHECK_NAMES.filter((name) => checks[name].appliesTo?.(feed) ?? true);
  const results = new Map<CheckName, Promise<CheckResult>>();
  const resultsOf = (wanted: readonly CheckName[] = []) =>
    Promise.all(wanted.map(async (name) => ({ name, result: await results.get(name) })));
  const start = async (own: CheckName, { after, needs, limitMs, run }: Check): Promise<CheckResult> => {
    // Every check is in the map before one of them looks for another.
    await Promise.resolve();
    await resultsOf(after);
    for (const { name, result } of await resultsOf(needs)) {
      if (result?.status === 'failed') return untried(`the ${name} check failed`);
      if (result?.isUntried) return untried(`the ${name} check was not made`);
    }
    const result = await runOne(run, limitMs, doctor);
    if (own === 'configuration' || result.exit !== EXIT.configuration) return result;
    // A wrong setting stops many checks. One of them names it.
    const [configuration] = await resultsOf(['configuration']);
    return configuration?.result?.status === 'failed' ? untried('the configuration check failed') : result;
  };
  for (const name of names) results.set(name, start(name, checks[name]));
  // Each is awaited below, but perhaps not before it has failed.
  for (const result of results.values()) result.catch(() => {});
  for (const name of names) {
    const result = await raceAbort(results.get(name) as Promise<CheckResult>, context.signal);
    yield { check: name, ...result };
  }
}

async function runOne(run: Check['run'], limitMs: number, doctor: Doctor): Promise<CheckResult> {
  const { program, signal } = doctor.context;
  try {
    return await within(limitMs, program.clock, signal, (limited) => run(doctor, limited));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Overdue) return failed('TIMEOUT', `no result within ${limitMs / 1_000} s`, 'try again');
    const { code, message, hint } = reportOf(error);
    if (code === 'TOO_MANY_FILES') throw error;
    return failed(code, message, hint);
  }
}
