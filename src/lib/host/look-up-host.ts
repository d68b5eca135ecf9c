import type { ChildProcess } from 'node:child_process';
import { type LookupAddress, type LookupOptions, promises } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { isIP, type LookupFunction } from 'node:net';
import { type Clock, systemClock } from '../clock/clock.ts';

/*
 * The addresses of a host, without a thread of the pool. Node's own lookup calls getaddrinfo(3) there, which waits 5 to 30 s for a
 * name server that is mute, and `process.exit` waits for it: neither Ctrl-C nor a deadline would end the program.
 *
 * The order is that of most machines: the hosts file, then the name servers, asked in the event loop. What they do not know may
 * still be known to the system (multicast DNS, a search domain, a directory service): a process of its own asks getaddrinfo then,
 * which can be left behind.
 */

/** The steps of a lookup; tests replace them. */
export interface LookupParts {
  readonly clock: Clock;
  readonly readHosts: () => Promise<string>;
  /** Asks the name servers for addresses of one family. */
  readonly query: (hostname: string, family: 4 | 6) => Promise<readonly string[]>;
  /** Asks the system. */
  readonly askSystem: (hostname: string) => Promise<readonly LookupAddress[]>;
}

const HOSTS_FILE = '/etc/hosts';
const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];
const QUERY_TIMEOUT_MS = 2_000;
const QUERY_TRIES = 2;
/** Some name servers answer for one family only: the other is not waited for much longer. */
const OTHER_FAMILY_MS = 50;
const SYSTEM_TIMEOUT_MS = 15_000;

/** For the `lookup` option of `net.connect` and everything that hands it there. */
export const lookUpHost: LookupFunction = createLookup({
  clock: systemClock,
  readHosts: () => readFile(HOSTS_FILE, 'utf8'),
  query: async (hostname, family) => {
    const resolver = new promises.Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
    return family === 4 ? resolver.resolve4(hostname) : resolver.resolve6(hostname);
  },
  askSystem: (hostname) => askSystem([process.execPath, '-e', SYSTEM_SCRIPT], hostname),
});

export function createLookup(parts: LookupParts): LookupFunction {
  return (hostname, options, callback) => {
    findAddresses(parts, hostname).then(
      (addresses) => answer(hostname, addresses, options, callback),
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };
}

/** The first address of a host to listen at. Throws with a code of the system. */
export function findListenAddress(hostname: string, lookup = lookUpHost): Promise<string> {
  if (isIP(hostname) !== 0) return Promise.resolve(hostname);
  return new Promise((resolve, reject) => {
    lookup(hostname, {}, (error, address) => (error ? reject(error) : resolve(String(address))));
  });
}

type Callback = Parameters<LookupFunction>[2];

function answer(hostname: string, found: readonly LookupAddress[], options: LookupOptions, callback: Callback): void {
  const family = Number(String(options.family ?? 0).replace('IPv', ''));
  const fitting = found.filter((address) => family === 0 || address.family === family);
  const [first] = fitting;
  if (first === undefined) callback(notFound(hostname), '');
  else if (options.all) callback(null, fitting);
  else callback(null, first.address, first.family);
}

async function findAddresses(parts: LookupParts, hostname: string): Promise<readonly LookupAddress[]> {
  const listed = findListed(await parts.readHosts().catch(() => ''), hostname);
  if (listed.length > 0) return listed;
  if (hostname.toLowerCase() === 'localhost') return LOOPBACK;
  if (isKnownToServers(hostname)) {
    const found = await askServers(parts, hostname);
    if (found.length > 0) return found;
  }
  return parts.askSystem(hostname);
}

/** A name without a dot is completed by the system, and one of .local is asked of the neighbours. */
function isKnownToServers(hostname: string): boolean {
  return /[^.]\.[^.]/.test(hostname) && !/\.local\.?$/i.test(hostname);
}

/** @param hosts hosts(5) */
function findListed(hosts: string, hostname: string): LookupAddress[] {
  const wanted = hostname.toLowerCase();
  return hosts.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/);
    return isIP(address) !== 0 && names.includes(wanted) ? [{ address, family: isIP(address) }] : [];
  });
}

/** Empty when they know none, or do not answer. IPv4 first: more machines have it. */
async function askServers({ query, clock }: LookupParts, hostname: string): Promise<LookupAddress[]> {
  const ask = (family: 4 | 6): Promise<LookupAddress[]> =>
    query(hostname, family).then(
      (addresses) => addresses.map((address) => ({ address, family })),
      () => [],
    );
  const questions = [ask(4), ask(6)];
  const found: LookupAddress[][] = [[], []];
  return new Promise((resolve) => {
    let pending = questions.length;
    const settle = (): void => resolve(found.flat());
    questions.forEach(async (question, at) => {
      const addresses = await question;
      found[at] = addresses;
      if (--pending === 0) settle();
      else if (addresses.length > 0) clock.after(OTHER_FAMILY_MS, settle);
    });
  });
}

const SYSTEM_SCRIPT = `require('node:dns').lookup(process.argv[1], { all: true }, (error, found) =>
  process.stdout.write(JSON.stringify(error ? { code: error.code } : found)))`;

/** In a process of its own, which this one does not wait for. Throws with the code of the system, such as `ENOTFOUND`. */
async function askSystem([program = '', ...args]: readonly string[], hostname: string): Promise<LookupAddress[]> {
  const { spawn } = await import('node:child_process');
  // Without an environment: it needs none, and there may be secrets in it.
  const child = spawn(program, [...args, '--', hostname], {
    env: {},
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: SYSTEM_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const leave = (): void => void child.kill('SIGKILL');
  process.once('exit', leave);
  try {
    const found = parseAnswer(await readAnswer(child));
    if (Array.isArray(found)) return found;
    throw notFound(hostname, found);
  } finally {
    process.removeListener('exit', leave);
  }
}

/** Empty when it cannot be started, or was ended. */
function readAnswer(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.once('error', () => resolve(''));
    child.once('close', () => resolve(text));
  });
}

function parseAnswer(text: string): LookupAddress[] | string {
  try {
    const value = JSON.parse(text) as LookupAddress[] | { code: string };
    return Array.isArray(value) ? value : value.code;
  } catch {
    return 'EAI_AGAIN';
  }
}

function notFound(hostname: string, code = 'ENOTFOUND'): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} cannot be found`), { code, hostname, syscall: 'getaddrinfo' });
}
