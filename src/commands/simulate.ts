import { once } from 'node:events';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../lib/cli/command/base-command.ts';
import { integerFlag, valueFlag } from '../lib/cli/command/flags.ts';
import { printText } from '../lib/cli/command/print-records.ts';
import { readInteger, readList } from '../lib/cli/program/flag-values.ts';
import { errnoOf } from '../lib/errors/errno.ts';
import { TickpipeError } from '../lib/errors/tickpipe-error.ts';
import { PASTE_REDIRECT_URI } from '../lib/simulator/account/simulated-app.ts';
import { describeFault, FAULTS, type FaultName, parseFaults } from '../lib/simulator/faults.ts';
import type { Simulator, SimulatorOptions } from '../lib/simulator/simulator.ts';
import {
  DEFAULT_GENERATED,
  DEFAULT_MASTER_ROWS,
  MAX_GENERATED,
  MAX_MASTER_ROWS,
  type UniverseOptions,
} from '../lib/simulator/universe-options.ts';

const GROUP = 'simulator';
const MAX_PORT = 65_535;
const MAX_RATE = 1_000_000;
const MAX_SEED = 0xffff_ffff;

export default class Simulate extends BaseCommand {
  static override summary = 'run a FYERS-compatible feed on this machine, with made-up prices and faults on demand';
  static override description =
    `Prints lines for the shell, such as export TICKPIPE_SOCKET_URL='...'. They point tickpipe, or any other client, at the simulator. Then it serves until Ctrl-C, and ends with 130. Its token works with this simulator only.

With --login there is no token among them: tickpipe login gets one from the login page of the simulated broker, as it does from FYERS. That works without --login, too, but an exported FYERS_ACCESS_TOKEN counts before a login. The app's secret in FYERS_SECRET_KEY is invented and new at each start; tickpipe login takes it from there, or from a file that you write it to. Registered as redirect URIs are every http:// address of this machine, and ${PASTE_REDIRECT_URI}: nobody answers there, so copy the address from the browser when tickpipe login asks for it.

Under TICKPIPE_MASTER_URL is a symbol master of the same form as FYERS': every symbol that this simulator knows, with the contracts of the coming weeks and months around today's prices. All of them can be streamed.

A fault is NAME[=ARG][@TIME,...]. A TIME, such as 5s, counts from the first connection. Without a COUNT the fault happens every time:
${(Object.keys(FAULTS) as FaultName[])
  .map((name) => {
    const { argument } = FAULTS[name];
    return `${name}${argument === 'none' ? '' : `=${argument.toUpperCase()}`}: ${describeFault(name)}`;
  })
  .join('\n')}

NSE:SIMQUIET-EQ never trades, NSE:SIMLOCKED-EQ is locked at its upper circuit, NSE:SIMEMPTY-EQ has an empty book, NSE:SIMPENNY-EQ trades more than 2^31 shares, and NSE:SIMSILENT-INDEX never ticks.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> > sim.env',
    '. ./sim.env; <%= config.bin %> stream symbols NSE:SBIN-EQ    # in another terminal',
    '<%= config.bin %> <%= command.id %> --login > sim.env',
    '. ./sim.env; <%= config.bin %> login && <%= config.bin %> stream symbols NSE:SBIN-EQ    # in another terminal',
    '<%= config.bin %> <%= command.id %> --rate 25000 --seed 7 --port 9100',
    '<%= config.bin %> <%= command.id %> --fault drop@5s,10s --fault stall-symbol=NSE:SBIN-EQ@20s',
    '<%= config.bin %> <%= command.id %> --login --fault exchange=-371:1 --fault master=NSE_FO.csv/cut',
  ];
  static override flags = {
    rate: integerFlag(
      0,
      MAX_RATE,
    )({
      summary: 'ticks a second, over everything subscribed',
      helpGroup: GROUP,
      helpValue: '<n>',
      default: 50,
    }),
    seed: integerFlag(
      0,
      MAX_SEED,
    )({ summary: 'the same seed gives the same prices', helpGroup: GROUP, helpValue: '<n>', default: 1 }),
    port: integerFlag(
      0,
      MAX_PORT,
    )({
      summary: 'listen on this port of 127.0.0.1; 0 takes any free one',
      helpGroup: GROUP,
      helpValue: '<n>',
      default: 0,
    }),
    symbols: valueFlag(readSymbolsFlag)({
      summary: 'symbols to add, or how many like NSE:SIM0001-EQ to make up (5000)',
      helpGroup: GROUP,
      helpValue: '<n|a,b,c>',
    }),
    'master-rows': integerFlag(
      0,
      MAX_MASTER_ROWS,
    )({
      summary: 'how many rows the symbol master has; 11,000 are always there, FYERS has 160,000',
      helpGroup: GROUP,
      helpValue: '<n>',
      default: DEFAULT_MASTER_ROWS,
    }),
    login: Flags.boolean({
      summary: 'print no token, so that tickpipe login has to get one',
      helpGroup: GROUP,
    }),
    fault: Flags.string({
      summary: 'a fault to play, as in drop@5s; may be given several times',
      helpGroup: GROUP,
      helpValue: '<fault>',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  override async run(): Promise<number> {
    const { flags } = await this.parseFlags(Simulate);
    const faults = (flags.fault ?? []).flatMap(parseFaults);
    const { rate, seed, port, 'master-rows': masterRows } = flags;
    const { clock } = this.program;
    const options = { generated: DEFAULT_GENERATED, ...flags.symbols, rate, seed, port, masterRows, faults, clock };
    const simulator = await start(options);
    try {
      // The server goes on when the reader has left, and can end when the reader takes nothing.
      const printed = printText(writeExports(simulator, flags.login), this.program);
      const failed = new Promise<never>((_, reject) => void printed.catch(reject));
      failed.catch(() => {});
      this.reporter.info(`simulated prices on 127.0.0.1 port ${simulator.port}, seed ${seed}; Ctrl-C ends it`);
      const { signal } = this.interrupts;
      if (!signal.aborted) await Promise.race([once(signal, 'abort'), failed]);
      return 0;
    } finally {
      await simulator.close();
    }
  }
}

/** How many instruments to generate, or the symbols to add. */
function readSymbolsFlag(text: string): UniverseOptions {
  return /^\d+$/.test(text) ? { generated: readInteger(text, 0, MAX_GENERATED) } : { symbols: readList(text) };
}

async function start(options: SimulatorOptions): Promise<Simulator> {
  // Loaded here: help and wrong flags need no server.
  const { startSimulator } = await import('../lib/simulator/simulator.ts');
  try {
    return await startSimulator(options);
  } catch (error) {
    const code = errnoOf(error);
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const reason = code === 'EACCES' ? 'may not be used' : 'is taken';
    throw new TickpipeError('USAGE', `--port: port ${options.port} ${reason}`, {
      hint: 'use --port 0 for any free one',
    });
  }
}

/** Lines for a shell. Without a token they also take away one that the shell has from before: it would count before the login. */
function writeExports({ environment }: Simulator, withoutToken: boolean): string {
  const { FYERS_ACCESS_TOKEN: token, ...others } = environment;
  const lines = Object.entries(others).map(([name, value]) => `export ${name}='${value}'`);
  lines.push(withoutToken ? 'unset FYERS_ACCESS_TOKEN' : `export FYERS_ACCESS_TOKEN='${token}'`);
  return `${lines.join('\n')}\n`;
}
