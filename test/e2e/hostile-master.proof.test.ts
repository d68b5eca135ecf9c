import { expect, it } from 'vitest';
import { MASTER_FILES, type MasterFileName } from '../../src/lib/symbols/master/symbol-master.ts';
import { csvLine } from '../symbols/master/csv-lines.ts';
import { type MasterServer, startMasterServer } from '../symbols/master/master-server.ts';
import { type Ended, emptyFolder, rowsOf, run } from './program.ts';

/*
 * Each file of the symbol master goes wrong in each way: in every round each file has another fault, until each has had all. What is
 * cached stays in use; without a cache there is an error, and never a crash or a row of such a file.
 */

type Script = Parameters<MasterServer['scripts']['set']>[1];

const contentOf = (name: MasterFileName): string => {
  const rows = Array.from({ length: 20 }, (_, at) => {
    const symbol = `${name.slice(0, 3)}:${name.replace('_', '')}${at}${name.endsWith('_CM') ? '-EQ' : '99DECFUT'}`;
    return csvLine(name, { symbol, token: 100 + at, name: `${name} ${at}`, expiry: '2099-12-31' });
  });
  return `${rows.join('\n')}\n`;
};

const FAULTS: Readonly<Record<string, (name: MasterFileName) => Script>> = {
  truncated: (name) => (_, response) => {
    const content = contentOf(name);
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.slice(0, content.length - 70), () => response.destroy());
  },
  binary: () => (_, response) => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_byte, at) => (at * 7_919) % 256));
    response.writeHead(200).end(bytes);
  },
  'without end': (name) => (_, response) => {
    const piece = Buffer.from(contentOf(name).repeat(100));
    response.writeHead(200);
    const more = (): void => {
      while (!response.destroyed && response.write(piece));
    };
    response.on('drain', more);
    more();
  },
  'of another number of columns': (name) => (_, response) => {
    response.writeHead(200).end(contentOf(name).replaceAll('\n', ',more\n'));
  },
  'a line without end': () => (_, response) => void response.writeHead(200).end('x'.repeat(20_000_000)),
  'a redirect to another host': (name) => (_, response) => {
    response.writeHead(302, { location: `http://evil.example/${name}.csv` }).end();
  },
  'a page': () => (_, response) => {
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!DOCTYPE html>\n<html><script>alert(1)</script></html>\n');
  },
  '404': () => (_, response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>'),
};

/** Every file with a fault of its own. */
function setFaults(server: MasterServer, round: number): void {
  const faults = Object.values(FAULTS);
  for (const [at, name] of MASTER_FILES.entries()) {
    const fault = faults[(at + round) % faults.length] as (typeof faults)[number];
    server.scripts.set(`${name}.csv`, fault(name));
  }
}

const ROUNDS = Object.keys(FAULTS).map((name, round): [string, number] => [name, round]);

it.each(ROUNDS)(
  'NSE_CM is %s, and the other files have the faults that follow',
  async (_, round) => {
    const server = await startMasterServer(
      Object.fromEntries(MASTER_FILES.map((name) => [`${name}.csv`, contentOf(name)])),
    );
    const env = { HOME: emptyFolder(), TICKPIPE_MASTER_URL: server.url };
    const tickpipe = (...args: string[]): Promise<Ended> => run(args, { env });

    setFaults(server, round);
    const without = await tickpipe('symbols', 'refresh');
    expect(rowsOf(without.stdout).map(({ status, rows }) => [status, rows])).toEqual(
      MASTER_FILES.map(() => ['missing', 0]),
    );
    expectOneError(without, 5);

    server.scripts.clear();
    expect(await tickpipe('symbols', 'refresh')).toMatchObject({ status: 0 });
    setFaults(server, round);
    const kept = await tickpipe('symbols', 'refresh');
    expect(rowsOf(kept.stdout).map(({ status, rows }) => [status, rows])).toEqual(MASTER_FILES.map(() => ['kept', 20]));
    expectOneError(kept, 5);
    const symbols = MASTER_FILES.map((name) => /[A-Z]{3}:[^,]+/.exec(contentOf(name))?.[0] ?? '');
    const shown = await tickpipe('symbols', 'show', ...symbols);
    expect(shown.status).toBe(0);
    expect(rowsOf(shown.stdout).map(({ symbol }) => symbol)).toEqual(symbols);
  },
  300_000,
);

/** One error and one hint, without markup, control characters or the name of a foreign host in an address. */
function expectOneError({ status, stderr }: Ended, expected: number): void {
  expect(stderr).toMatch(/^(?:(?!error|hint)[^\n\p{Cc}]+\n)*error: [^\n\p{Cc}]+\nhint: [^\n\p{Cc}]+\n$/u);
  expect(stderr).not.toMatch(/alert|<|http:\/\/evil/);
  expect(status).toBe(expected);
}
