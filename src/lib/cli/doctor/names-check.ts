import { isIP } from 'node:net';
import { Overdue, within } from '../../clock/abort.ts';
import { describeNetworkFailure } from '../../network/failure.ts';
import { bareHost, findProxy, type HttpProxy, ProxyFailure } from '../../network/proxy.ts';
import { joinWords } from '../../text/join-words.ts';
import { type Check, type CheckResult, passed } from './check.ts';
import type { Doctor } from './doctor.ts';
import { isRemote, listTargets, type Target } from './targets.ts';
import { judgeUnreached, type Unreached } from './unreached.ts';

const LIMIT_MS = 8_000;

/** A name that this machine has to find, and the servers that need it. */
interface NeededName {
  readonly hostname: string;
  readonly proxy: HttpProxy | undefined;
  readonly targets: Target[];
}

/** Whether this machine finds the addresses of the servers, or of the proxy that it sends everything to. */
export const namesCheck: Check = {
  appliesTo: isRemote,
  limitMs: LIMIT_MS + 1_000,
  run: async (doctor, signal) => {
    const { feed, context, network } = doctor;
    const { env } = context.program;
    const names = listNames(listTargets(feed, env), env);
    const answers = await Promise.all(
      names.map(async (name) => ({ ...name, error: await tryName(name.hostname, doctor, signal) })),
    );
    const unreached = answers.flatMap(({ error, proxy, targets }): Unreached[] => {
      const [target] = targets;
      if (error === undefined || target === undefined) return [];
      const cause = proxy === undefined ? error : new ProxyFailure(proxy, { cause: error });
      const failure = describeNetworkFailure(cause, target.url);
      for (const { url } of targets) network.add(url, failure.message);
      return [{ targets, failure }];
    });
    const lost = joinAlike(unreached);
    const found = answers.map(({ hostname, proxy }) => (proxy ? `the proxy ${hostname}` : hostname));
    return judgeUnreached(lost) ?? describeFound(found);
  },
};

function describeFound(names: readonly string[]): CheckResult {
  return passed(names.length === 0 ? 'no server is given by a name' : `found ${joinWords([...new Set(names)])}`);
}

/** Names that are lost in the same way, in one sentence. */
function joinAlike(unreached: readonly Unreached[]): readonly Unreached[] {
  const groups = new Map<string, Unreached[]>();
  for (const one of unreached) {
    const key = one.failure.message.replace(nameOf(one), '');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => {
    const [first] = group as [Unreached];
    const message = first.failure.message.replace(nameOf(first), joinWords(group.map(nameOf)));
    return { targets: group.flatMap(({ targets }) => targets), failure: { ...first.failure, message } };
  });
}

/** The host in its message; not that of a proxy, which stands for all. */
function nameOf({ targets, failure }: Unreached): string {
  const hostname = targets[0]?.url.hostname ?? '';
  return failure.message.includes(hostname) ? hostname : failure.message;
}

/** The names, each once. The name of a server behind a proxy is for the proxy to find. */
function listNames(targets: readonly Target[], env: Parameters<typeof findProxy>[1]): NeededName[] {
  const names = new Map<string, NeededName>();
  for (const target of targets) {
    const proxy = findProxy(target.url, env);
    const hostname = proxy?.hostname ?? bareHost(target.url);
    if (isIP(hostname) !== 0) continue;
    const known = names.get(hostname);
    if (known) known.targets.push(target);
    else names.set(hostname, { hostname, proxy, targets: [target] });
  }
  return [...names.values()];
}

/** Undefined when the name is found. */
async function tryName(hostname: string, { context, machine }: Doctor, signal: AbortSignal): Promise<unknown> {
  const look = (): Promise<void> =>
    new Promise((resolve, reject) => {
      machine.lookUp(hostname, { all: true }, (error) => (error ? reject(error) : resolve()));
    });
  try {
    await within(LIMIT_MS, context.program.clock, signal, look);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Overdue)) return error;
    return Object.assign(new Error('the name service does not answer'), { code: 'EAI_AGAIN' });
  }
}
