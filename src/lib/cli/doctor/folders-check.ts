import path from 'node:path';
import { CATALOGUE } from '../../errors/catalogue.ts';
import { describeErrno } from '../../errors/errno.ts';
import { chownCommand, currentUser, findExisting, isForeign } from '../../host/ownership.ts';
import { quoteForShell } from '../../host/quote-for-shell.ts';
import { locateRunDirectory } from '../../host/run-directory.ts';
import { cacheDirectory, configDirectory } from '../../host/user-directories.ts';
import { findLogDirectory } from '../../hub/daemon/hub-location.ts';
import { joinWords } from '../../text/join-words.ts';
import type { Environment } from '../program/program.ts';
import { type Check, type CheckStatus, passed } from './check.ts';
import type { Machine } from './machine.ts';

const OTHERS_MAY_WRITE = 0o022;
const OTHERS_MAY_ENTER = 0o077;

/** A folder of tickpipe, and what other users must not be able to do in it. */
interface Folder {
  readonly name: string;
  readonly place: string;
  /** Bits of the mode with which commands fail. */
  readonly refused: number;
  /** Bits that are not as they should be. */
  readonly unwanted: number;
  /** What is missing without it; undefined where commands fail. */
  readonly loss: string | undefined;
}

/** Something wrong with a folder. */
interface Fault {
  readonly status: CheckStatus;
  readonly message: string;
  readonly hint: string;
}

/** The folders of tickpipe in the home directory: whether this user can write there, and nobody else. */
export const foldersCheck: Check = {
  limitMs: 5_000,
  run: async ({ context, machine }) => {
    const folders = listFolders(context.program.env);
    const faults = (await Promise.all(folders.map((folder) => findFaults(folder, machine)))).flat();
    if (faults.length === 0) {
      return passed(`${joinWords(folders.map(({ name }) => name))}: this user can write there, and nobody else`);
    }
    const isFailure = faults.some(({ status }) => status === 'failed');
    return {
      status: isFailure ? 'failed' : 'warning',
      message: faults.map(({ message }) => message).join('; '),
      hint: [...new Set(faults.map(({ hint }) => hint))].join('; '),
      exit: isFailure ? CATALOGUE.BAD_CONFIGURATION.exit : undefined,
    };
  },
};

function listFolders(env: Environment): readonly Folder[] {
  const config = configDirectory(env);
  const run = locateRunDirectory(env);
  return [
    {
      name: 'configuration',
      place: config,
      refused: 0,
      unwanted: OTHERS_MAY_WRITE,
      loss: 'login, config and watchlist cannot store anything',
    },
    {
      name: 'tokens',
      place: path.join(config, 'tokens'),
      refused: 0,
      unwanted: OTHERS_MAY_ENTER,
      loss: 'login cannot store a token',
    },
    {
      name: 'cache',
      place: cacheDirectory(env),
      refused: 0,
      unwanted: OTHERS_MAY_WRITE,
      loss: 'the symbol master is fetched again by every command',
    },
    {
      name: 'run',
      place: run,
      // A directory of the user's own choice is not given another mode.
      refused: env['TICKPIPE_RUN_DIR'] ? OTHERS_MAY_ENTER : OTHERS_MAY_WRITE,
      unwanted: OTHERS_MAY_ENTER,
      loss: undefined,
    },
    {
      name: 'state',
      place: findLogDirectory(env, run),
      refused: 0,
      unwanted: OTHERS_MAY_WRITE,
      loss: 'hubs and recordings in the background write no log',
    },
  ];
}

async function findFaults(folder: Folder, machine: Machine): Promise<readonly Fault[]> {
  const { name, place, refused, unwanted, loss } = folder;
  const what = `the ${name} folder ${place}`;
  const serious: CheckStatus = loss === undefined ? 'failed' : 'warning';
  const effect = loss === undefined ? '' : `: ${loss}`;
  const elsewhere = name === 'run' ? 'set TICKPIPE_RUN_DIR to a folder that is yours alone' : 'make it writable';
  try {
    const { place: existing, stat } = findExisting(place);
    if (existing !== place) {
      if (isForeign(stat))
        return [fault(serious, `${what} cannot be made: ${existing} belongs to another user`, elsewhere)];
      if (!stat.isDirectory())
        return [fault(serious, `${what} cannot be made: ${existing} is not a directory`, elsewhere)];
      const isPossible = await machine.isWritable(existing);
      return isPossible ? [] : [fault(serious, `${what} cannot be made in ${existing}${effect}`, elsewhere)];
    }
    if (!stat.isDirectory()) return [fault('failed', `${what} is not a directory`, 'remove or rename it')];
    const user = currentUser();
    if (user !== undefined && stat.uid !== user) {
      return [fault('failed', `${what} belongs to another user`, chownCommand(place))];
    }
    const faults: Fault[] = [];
    if ((stat.mode & (refused | unwanted)) !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
      const may = (stat.mode & OTHERS_MAY_WRITE) !== 0 ? 'written' : 'entered';
      const status = (stat.mode & refused) !== 0 ? 'failed' : 'warning';
      faults.push(fault(status, `${what} can be ${may} by others (mode ${mode})`, `chmod 700 ${quoteForShell(place)}`));
    }
    if (!(await machine.isWritable(place)))
      faults.push(fault(serious, `${what} cannot be written${effect}`, elsewhere));
    return faults;
  } catch (error) {
    return [fault(serious, `${what} cannot be looked at (${describeErrno(error)})${effect}`, elsewhere)];
  }
}

const fault = (status: CheckStatus, message: string, hint: string): Fault => ({ status, message, hint });
