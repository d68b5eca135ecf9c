import { existsSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { TickpipeError, tryCoded } from '../../errors/tickpipe-error.ts';
import { readEndpoints } from '../../feed/endpoints.ts';
import { SecondConnection } from '../../feed/feed-identity.ts';
import { nameHolder } from '../../host/process-lock.ts';
import { locateRunDirectory } from '../../host/run-directory.ts';
import { type Check, type CheckResult, passed, untried } from './check.ts';
import { ConnectionProbe } from './connection-probe.ts';
import type { HubSight } from './hub-sight.ts';

/** The handshake and the answer to the token may take 5 s each. */
const LIMIT_MS = 12_000;

/**
 * The handshake with the data socket. FYERS allows one connection per user, so it is not tried while a hub or another command has
 * that connection.
 */
export const socketCheck: Check = {
  appliesTo: (feed) => feed === 'fyers',
  needs: ['token'],
  // The lock gives a run directory that others can enter its mode again.
  after: ['tls', 'folders'],
  limitMs: LIMIT_MS,
  run: async (doctor, signal) => {
    const { context, network } = doctor;
    const endpoints = readEndpoints(context.program.env);
    const url = new URL(endpoints.socketUrl);
    // The search may fail where the run directory is at fault, which the hub check reports.
    const sight = await tryCoded(() => doctor.lookForHub());
    const taken = sight instanceof TickpipeError ? untried(sight.message) : describeTaken(sight);
    if (taken) return taken;
    const unreachable = network.whyUnreachable(url);
    if (unreachable !== undefined) return untried(unreachable);
    const removeMade = noteMissingFolders(locateRunDirectory(context.program.env));
    try {
      const probe = await ConnectionProbe.open(await doctor.readToken(), endpoints, context, signal);
      doctor.keepConnection(probe, removeMade);
      return passed(`${url.host} accepted the token`);
    } catch (error) {
      removeMade();
      if (error instanceof SecondConnection) return untried(error.message);
      throw error;
    }
  },
};

/** What the connection that this machine has says about the socket; undefined without one. */
function describeTaken(sight: HubSight): CheckResult | undefined {
  switch (sight.kind) {
    case 'none':
      return undefined;
    case 'running': {
      const { pid, state } = sight.status.hub;
      const owner = `the shared session (pid ${pid})`;
      if (state === 'live') return passed(`${owner} is connected`);
      return untried(`${owner} has the account's one connection, and is in the state ${state}`);
    }
    case 'held':
      return untried(`another tickpipe (${nameHolder(sight.holder)}) has the account's one connection`);
    case 'silent':
      return untried(sight.error.message);
    case 'several':
      return untried(`${sight.count} shared sessions run`);
  }
}

/** The lock needs the run directory. What is made for it is removed afterwards, unless another program uses it by then. */
function noteMissingFolders(runDirectory: string): () => void {
  const missing: string[] = [];
  for (let folder = runDirectory; !existsSync(folder); folder = path.dirname(folder)) missing.push(folder);
  return () => {
    for (const folder of missing) {
      try {
        rmdirSync(folder);
      } catch {
        // It was not made, or is in use.
      }
    }
  };
}
