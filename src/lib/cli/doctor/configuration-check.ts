import { existsSync } from 'node:fs';
import { istDate } from '../../clock/ist.ts';
import { TickpipeError, tryCoded } from '../../errors/tickpipe-error.ts';
import { findProxy } from '../../network/proxy.ts';
import { joinWords } from '../../text/join-words.ts';
import { findNearest } from '../../text/nearest.ts';
import type { Environment } from '../program/program.ts';
import { readCalendar } from '../settings/calendars.ts';
import type { KnownFlags } from '../settings/config-contents.ts';
import { locateConfigFile } from '../settings/config-file.ts';
import { variableOf } from '../settings/settings.ts';
import { COMMON_VARIABLES, OWN_VARIABLES } from '../settings/variables.ts';
import { type Check, type CheckResult, failed, passed, warned } from './check.ts';
import type { Doctor } from './doctor.ts';
import { findSettingProblems } from './setting-problems.ts';
import { listTargets } from './targets.ts';

const LIMIT_MS = 10_000;
/** Names that begin so are ours, whatever follows. */
const OWN_PREFIX = 'TICKPIPE_';
/** `--profile` has a variable, and is no setting of a profile. */
const PROFILE_VARIABLE = variableOf('profile');
/** The words of a name: a variable of one word is another program's. */
const WORDS = /^[^_]+_.+$/;

/** The configuration file, the profile, the variables and the calendars. */
export const configurationCheck: Check = {
  limitMs: LIMIT_MS,
  run: async (doctor, signal) => {
    const { context, settings } = doctor;
    const { env, clock } = context.program;
    const calendar = await tryCoded(() => readCalendar({ env, clock }, signal));
    const problems = await findSettingProblems(settings, env, clock.now());
    const targets = await tryCoded(() => checkTargets(doctor));
    const faults = [...problems, targets, calendar].filter((one) => one instanceof TickpipeError);
    const misspelt = describeMisspelt(findMisspelt(env, settings.knownFlags));
    const [first] = faults;
    if (first) {
      const messages = [...faults.map(({ message }) => message), ...(misspelt ? [misspelt.message] : [])];
      const hint = misspelt?.hint === undefined ? first.hint : `${first.hint}; ${misspelt.hint}`;
      return failed(first.code, messages.join('; '), hint);
    }
    const { file } = locateConfigFile(env);
    const where = existsSync(file) ? file : `no configuration file (${file})`;
    const place = `${where}, profile ${context.profile}`;
    if (misspelt) return misspelt;
    const year = Number(istDate(clock.now()).slice(0, 4));
    if (!(calendar instanceof TickpipeError) && calendar.knows(year)) return passed(place);
    return warned(
      `${place}; no trading calendar of ${year}`,
      'update tickpipe, or add a calendar file (docs/calendar.md)',
    );
  },
};

/** Throws for the first address or proxy that cannot be used. */
function checkTargets({ feed, context }: Doctor): void {
  const { env } = context.program;
  for (const { url } of listTargets(feed, env)) findProxy(url, env);
}

interface Misspelt {
  readonly name: string;
  /** What was probably meant. */
  readonly nearest: string | undefined;
}

/** Variables that no command reads, though their names look as if one did. Values are not looked at: they may be secrets. */
export function findMisspelt(env: Environment, knownFlags: KnownFlags): readonly Misspelt[] {
  const own = [PROFILE_VARIABLE, ...Object.keys(OWN_VARIABLES), ...Array.from(knownFlags.keys(), variableOf)];
  const known = new Set([...own, ...Object.keys(COMMON_VARIABLES)]);
  return Object.keys(env).flatMap((name) => {
    const upper = name.toUpperCase();
    if (!env[name] || known.has(name) || !WORDS.test(name)) return [];
    if (Object.hasOwn(COMMON_VARIABLES, upper)) return [];
    const nearest = findNearest(upper, own);
    return nearest !== undefined || upper.startsWith(OWN_PREFIX) ? [{ name, nearest }] : [];
  });
}

function describeMisspelt(misspelt: readonly Misspelt[]): CheckResult | undefined {
  if (misspelt.length === 0) return undefined;
  const names = misspelt.map(({ name }) => name);
  const is = names.length === 1 ? 'the variable' : 'the variables';
  const meant = misspelt.flatMap(({ name, nearest }) => (nearest === undefined ? [] : [`${nearest} for ${name}`]));
  const hint =
    meant.length > 0 ? `did you mean ${joinWords(meant)}?` : 'tickpipe help environment lists those that are read';
  return warned(`no command reads ${is} ${joinWords(names)}`, hint);
}
