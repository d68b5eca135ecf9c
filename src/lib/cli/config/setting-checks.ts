import type { Config as Oclif } from '@oclif/core/config';
import type { FlagInput, Input } from '@oclif/core/interfaces';
import { istDate, istMidnight } from '../../clock/ist.ts';
import { InvalidValue } from '../../errors/invalid-value.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { interpretValue, readCommandLine, resolveSettings } from '../settings/settings.ts';

/** The flags of a command as its file defines them. */
export interface CommandFlags {
  /** As users type it, `stream symbols`. */
  readonly command: string;
  readonly definitions: FlagInput;
}

/** A command that does not take a value, and why. */
export interface Refusal {
  readonly command: string;
  readonly reason: InvalidValue;
}

/** The flags of the commands that have one of these keys, from the files of the commands; hidden commands are left out. */
export async function loadFlags(commands: Oclif['commands'], keys: readonly string[]): Promise<CommandFlags[]> {
  const users = commands.filter(({ hidden, flags }) => !hidden && keys.some((key) => Object.hasOwn(flags, key)));
  return Promise.all(
    users.map(async ({ id, load }) => {
      const { baseFlags, flags } = (await load()) as Input<FlagInput, FlagInput, object>;
      return { command: id.replaceAll(':', ' '), definitions: { ...baseFlags, ...flags } as FlagInput };
    }),
  );
}

/**
 * The commands that refuse a value of a key, read by each command as it will read it.
 * @param now epoch milliseconds; times of day count as times of that day
 */
export function findRefusals(key: string, text: string, commands: readonly CommandFlags[], now: number): Refusal[] {
  return commands.flatMap(({ command, definitions }) => {
    const definition = definitions[key];
    if (definition === undefined) return [];
    try {
      interpretValue(definition, text, startOfDay(now));
      return [];
    } catch (error) {
      if (error instanceof InvalidValue) return [{ command, reason: error }];
      throw error;
    }
  });
}

/** The first contradiction between the settings of a profile, as some command meets it: `--quiet and --verbose exclude each other`. */
export function findContradiction(
  settings: ReadonlyMap<string, string>,
  commands: readonly CommandFlags[],
  now: number,
): string | undefined {
  for (const { command, definitions } of commands) {
    const isTaken = ([key, text]: [string, string]): boolean =>
      definitions[key] !== undefined && findRefusals(key, text, [{ command, definitions }], now).length === 0;
    const names = Object.keys(definitions);
    const defaults = Object.fromEntries(names.map((name) => [name, definitions[name]?.default]));
    const given = readCommandLine(definitions, defaults, new Set(names), now);
    const profile = { name: '', settings: new Map([...settings].filter(isTaken)), placeOf: (key: string) => key };
    try {
      resolveSettings(given, definitions, {}, profile, startOfDay(now));
    } catch (error) {
      if (error instanceof TickpipeError) return error.message;
      throw error;
    }
  }
  return undefined;
}

/**
 * All that is wrong with the settings of a profile: values that no command takes, and contradictions. Each is a `BAD_CONFIGURATION`.
 * @param place of the profile, as `config.json: profiles.desk`
 */
export async function findProblems(
  settings: ReadonlyMap<string, string>,
  place: string,
  commands: Oclif['commands'],
  now: number,
): Promise<TickpipeError[]> {
  const users = await loadFlags(commands, [...settings.keys()]);
  const problems = [...settings].flatMap(([key, text]): TickpipeError[] => {
    const concerned = users.filter(({ definitions }) => definitions[key]);
    const refusals = findRefusals(key, text, concerned, now);
    const [first] = refusals;
    return first && refusals.length === concerned.length
      ? [first.reason.at(`${place}.${key}`, 'BAD_CONFIGURATION')]
      : [];
  });
  const contradiction = findContradiction(settings, users, now);
  return contradiction ? [...problems, new TickpipeError('BAD_CONFIGURATION', `${place}: ${contradiction}`)] : problems;
}

function startOfDay(now: number): number {
  return istMidnight(istDate(now));
}
