import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../clock/clock.ts';
import { describeErrno } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { describeInputFailure, readText, wasAborted } from '../../host/read-input.ts';
import { cacheDirectory } from '../../host/user-directories.ts';
import { type CalendarYear, createCalendar } from '../../market/calendar.ts';
import { CALENDAR_2026 } from '../../market/calendar-2026.ts';
import type { Calendar } from '../../market/trading-hours.ts';
import type { Environment, Program } from '../program/program.ts';
import { locateConfigFile } from './config-file.ts';

const MAX_FILE_BYTES = 1024 * 1024;

/**
 * The trading calendar: the one of the program, then `calendars/*.json` beside the configuration file, in the order of their names.
 * The hours of instruments are those of the cached symbol master. Throws `BAD_CONFIGURATION` with the place in a file that cannot be used.
 */
export async function readCalendar(
  { env, clock }: Pick<Program, 'env' | 'clock'>,
  signal = new AbortController().signal,
): Promise<Calendar> {
  const folder = path.join(path.dirname(locateConfigFile(env).file), 'calendars');
  const years: CalendarYear[] = [CALENDAR_2026];
  for (const name of listFiles(folder)) years.push(await readYear(path.join(folder, name), signal));
  return createCalendar(years, await openMasterHours(env, clock));
}

/** Loading what reads the master takes time, so it is loaded only when one is cached. */
async function openMasterHours(env: Environment, clock: Clock): Promise<Calendar['listed']> {
  if (!existsSync(path.join(cacheDirectory(env), 'symbols'))) return undefined;
  const { MasterHours } = await import('../../symbols/master-hours.ts');
  const { readSymbolMaster } = await import('../../symbols/master/read-cache.ts');
  const hours = new MasterHours({ readMaster: () => readSymbolMaster({ env }), clock });
  return (symbol) => hours.find(symbol);
}

function listFiles(folder: string): string[] {
  try {
    // Not the asynchronous one: most users have no such folder, and its modules take longer to load than the answer.
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch (error) {
    const code = describeErrno(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new TickpipeError('BAD_CONFIGURATION', `${folder} cannot be read (${code})`);
  }
}

async function readYear(file: string, signal: AbortSignal): Promise<CalendarYear> {
  let text: string;
  try {
    text = (await readText(file, { maxBytes: MAX_FILE_BYTES, signal, filesOnly: true })).text;
  } catch (error) {
    if (wasAborted(error, signal)) throw error;
    throw new TickpipeError('BAD_CONFIGURATION', `${file} cannot be read: ${describeInputFailure(error)}`);
  }
  // Loading zod takes time, so it is loaded only when there is a file.
  const { parseCalendar } = await import('./calendar-schema.ts');
  return parseCalendar(text, file);
}
