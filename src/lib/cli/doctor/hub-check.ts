import { onAbort } from '../../clock/abort.ts';
import { formatIstMoment } from '../../clock/ist.ts';
import { nameHolder } from '../../host/process-lock.ts';
import { connectHub } from '../../hub/daemon/connect-hub.ts';
import type { HubState } from '../../hub/protocol/messages.ts';
import { formatCount } from '../program/amounts.ts';
import { type Check, type CheckResult, failed, failedWith, passed, warned } from './check.ts';
import type { Doctor } from './doctor.ts';
import type { RunningHub } from './hub-sight.ts';

/** Whether a hub runs, what it is doing, and whether it is of this version. */
export const hubCheck: Check = {
  after: ['tls'],
  limitMs: 12_000,
  run: async (doctor, signal) => {
    const sight = await doctor.lookForHub();
    switch (sight.kind) {
      case 'none':
        return passed(`none runs; ${describeStart(doctor)}`);
      case 'held':
        return passed(`none runs; another tickpipe (${nameHolder(sight.holder)}) has a connection of its own`);
      case 'several':
        return passed(`${sight.count} run, of several accounts; with a token the account's own is checked`);
      case 'silent':
        return failedWith(sight.error);
      case 'running':
        return judgeHub(sight, doctor, signal);
    }
  },
};

function describeStart({ feed }: Doctor): string {
  if (feed === 'fyers') return 'the first command that needs one starts it';
  return feed === 'sim' ? 'commands have a simulator of their own' : 'commands play the recording themselves';
}

async function judgeHub(hub: RunningHub, doctor: Doctor, signal: AbortSignal): Promise<CheckResult> {
  const { context } = doctor;
  const { pid, since, state, feed } = hub.status.hub;
  const version = hub.version === undefined ? '' : `, version ${hub.version}`;
  const clients = formatCount(hub.status.sessions.length, 'client');
  const what = `pid ${pid}${version}, since ${formatIstMoment(since, context.program.clock.now())} IST, ${clients}, ${feed}`;
  if (hub.version !== undefined && hub.version !== context.version) {
    const hint = 'tickpipe stop ends it, and the next command starts one of this version';
    return warned(`${what}: ${state}; this is version ${context.version}`, hint);
  }
  if (state !== 'disconnected' && state !== 'waiting_for_token') return passed(`${what}: ${state}`);
  return judgeState(what, await askState(hub, signal), doctor);
}

/** A hub without a connection says why in its first message. */
function judgeState(what: string, state: HubState | undefined, { context }: Doctor): CheckResult {
  if (state?.state === 'waiting_for_token')
    return failed(state.code, `${what}: it waits for a token: ${state.message}`);
  if (state?.state !== 'disconnected') return warned(`${what}: not connected`);
  const since = `${formatIstMoment(state.at, context.program.clock.now())} IST`;
  const message = `${what}: not connected since ${since}: ${state.detail}`;
  if (state.reason === 'disconnected') return warned(message, 'the next subscription connects it');
  const { code, hint } = state.error ?? { code: 'FEED_UNREACHABLE' as const, hint: 'check the network' };
  return failed(code, message, hint);
}

async function askState({ target, bearer }: RunningHub, signal: AbortSignal): Promise<HubState | undefined> {
  const query = new URLSearchParams({ command: 'doctor', pid: String(process.pid) });
  const socket = await connectHub(target, { query, token: bearer, signal });
  const stop = (): void => socket.terminate();
  const stopListening = onAbort(signal, stop);
  try {
    const { readHubMessage } = await import('../../hub/protocol/read-message.ts');
    const hello = readHubMessage(String((await socket.peek()).data));
    return hello?.type === 'hello' ? hello.state : undefined;
  } finally {
    stopListening();
    stop();
  }
}
