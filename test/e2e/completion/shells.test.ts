import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeCachedMaster } from '../../support/cached-master.ts';
import { csvLine } from '../../symbols/master/csv-lines.ts';
import { run } from '../program.ts';
import { InteractiveShell, SHELLS, type ShellName, type ShellOptions } from './interactive-shell.ts';

const NSE_CM = [
  csvLine('NSE_CM', { symbol: 'NSE:SBIN-EQ', token: 3045, name: 'STATE BANK OF INDIA', underlying: 'SBIN' }),
  csvLine('NSE_CM', { symbol: 'NSE:SBILIFE-EQ', token: 21808, name: 'SBI LIFE', underlying: 'SBILIFE' }),
  csvLine('NSE_CM', { symbol: 'NSE:M&M-EQ', token: 2031, name: 'MAHINDRA & MAHINDRA LTD', underlying: 'M&M' }),
  csvLine('NSE_CM', { symbol: 'NSE:NIFTY50 EQL WGT-INDEX', token: 26065, name: 'EQL', underlying: 'EQL', code: 10 }),
];
const BSE_CM = [
  csvLine('BSE_CM', { symbol: 'BSE:SBIN-A', token: 500112, name: 'STATE BANK OF INDIA', underlying: 'SBIN' }),
  csvLine('BSE_CM', { symbol: 'BSE:RELIANCE-A', token: 500325, name: 'RELIANCE', underlying: 'RELIANCE' }),
];

/** A shell in a home with a few files, profiles and watchlists. */
function open(name: ShellName, options: ShellOptions = {}): InteractiveShell {
  const shell = new InteractiveShell(name, options);
  const config = path.join(shell.home, '.config/tickpipe');
  mkdirSync(path.join(config, 'watchlists'), { recursive: true });
  mkdirSync(path.join(shell.home, 'ticks'));
  writeFileSync(path.join(shell.home, 'list.txt'), 'NSE:SBIN-EQ\n');
  writeFileSync(path.join(config, 'config.json'), '{"profiles":{"default":{},"work":{}}}');
  writeFileSync(path.join(config, 'watchlists/banks.txt'), 'NSE:SBIN-EQ\n');
  writeCachedMaster(shell.home, { NSE_CM, BSE_CM }, Date.now());
  return shell;
}

/** What is typed, and what the line is after a TAB. A blank at its end stands where the shells do not agree. */
const LINES = [
  ['tickpipe stre', 'tickpipe stream '],
  ['tickpipe stream de', 'tickpipe stream depth '],
  ['tickpipe help form', 'tickpipe help formatting '],
  ['tickpipe completion z', 'tickpipe completion zsh '],
  ['tickpipe quote --form', 'tickpipe quote --format '],
  ['tickpipe quote --format nd', 'tickpipe quote --format ndjson '],
  ['tickpipe quote --format=nd', 'tickpipe quote --format=ndjson '],
  ['tickpipe quote -f nd', 'tickpipe quote -f ndjson '],
  ['tickpipe quote --feed fy', 'tickpipe quote --feed fyers '],
  ['tickpipe quote --feed file:ti', 'tickpipe quote --feed file:ticks/'],
  ['tickpipe quote --profile w', 'tickpipe quote --profile work '],
  ['tickpipe quote @b', 'tickpipe quote @banks '],
  ['tickpipe quote NSE:SBIN-EQ,@b', 'tickpipe quote NSE:SBIN-EQ,@banks '],
  ['tickpipe quote --file li', 'tickpipe quote --file list.txt '],
  ['tickpipe quote --file=li', 'tickpipe quote --file=list.txt '],
  ['tickpipe record --dir ti', 'tickpipe record --dir ticks/'],
  ['tickpipe schema Dep', 'tickpipe schema DepthUpdate '],
  ['echo x | tickpipe quote --form', 'echo x | tickpipe quote --format '],
  ['X=1 tickpipe quote --form', 'X=1 tickpipe quote --format '],
  ['tickpipe nothing', 'tickpipe nothing'],
  ['tickpipe quote --nothing', 'tickpipe quote --nothing'],
  ['tickpipe quote --count 5', 'tickpipe quote --count 5'],
  ['tickpipe quote --timeout l', 'tickpipe quote --timeout l'],
] as const;

describe.each(SHELLS)('%s', (name) => {
  it('completes commands, flags and values', async () => {
    const shell = open(name);
    const found: [string, string][] = [];
    for (const [typed] of LINES) found.push([typed, await shell.complete(typed)]);
    expect(found).toEqual(LINES.map(([typed, line]) => [typed, line]));
  });

  it('completes symbols of the cached master', async () => {
    const shell = open(name);
    const found: string[] = [];
    for (const typed of [
      'NSE:SBIN',
      'NSE:SBI',
      'nse:sbil',
      'NSE:SBIN-EQ,NSE:SBIL',
      'relia',
      'NSE:M\\&M-EQ,SB',
      'SB',
      'sbil',
      'NSE:M',
      'NSE:NIFTY50',
    ]) {
      found.push(await shell.complete(`tickpipe quote ${typed}`));
    }
    expect(found.map((line) => line.replace('tickpipe quote ', ''))).toEqual([
      'NSE:SBIN-EQ ',
      'NSE:SBI',
      name === 'bash' ? 'nse:SBILIFE-EQ ' : 'NSE:SBILIFE-EQ ',
      'NSE:SBIN-EQ,NSE:SBILIFE-EQ ',
      'BSE:RELIANCE-A ',
      'NSE:M\\&M-EQ,SB',
      // Of two exchanges: nothing is common to all.
      'SB',
      'NSE:SBILIFE-EQ ',
      'NSE:M\\&M-EQ ',
      'NSE:NIFTY50\\ EQL\\ WGT-INDEX ',
    ]);
  });

  it('completes symbols behind an open quote, and reads what it completed', async () => {
    const shell = open(name);
    expect(await shell.complete("tickpipe quote 'NSE:M")).toBe("tickpipe quote 'NSE:M&M-EQ' ");
    expect(await shell.complete('tickpipe quote "NSE:NIFTY50 E')).toBe('tickpipe quote "NSE:NIFTY50 EQL WGT-INDEX" ');
    expect(await shell.complete("tickpipe quote 'NSE:M&M-EQ' NSE:SBIN")).toBe(
      "tickpipe quote 'NSE:M&M-EQ' NSE:SBIN-EQ ",
    );
  });

  it('types nothing of symbols where there is no cache, or a damaged one', async () => {
    const shell = open(name);
    const folder = path.join(shell.home, '.cache/tickpipe/symbols');
    writeFileSync(path.join(folder, 'NSE_CM.master'), 'nonsense');
    rmSync(path.join(folder, 'BSE_CM.master'));
    mkdirSync(path.join(folder, 'BSE_CM.master'));
    expect(await shell.complete('tickpipe quote NSE:SBIN')).toBe('tickpipe quote NSE:SBIN');
    rmSync(folder, { recursive: true });
    expect(await shell.complete('tickpipe quote NSE:SBIN')).toBe('tickpipe quote NSE:SBIN');
    expect(shell.output).not.toMatch(/error/i);
  });

  it('goes on with a list behind its comma', async () => {
    const shell = open(name);
    // fish puts a blank after every word that it finishes.
    const blank = name === 'fish' ? ' ' : '';
    expect(await shell.complete('tickpipe quote --fields ltp,hi')).toBe(`tickpipe quote --fields ltp,high${blank}`);
    expect(await shell.complete('tickpipe quote --fields=ltp,hi')).toBe(`tickpipe quote --fields=ltp,high${blank}`);
    expect(await shell.complete('tickpipe record --type depth,l')).toBe(`tickpipe record --type depth,lite${blank}`);
  });

  it('lists what is possible', async () => {
    const shell = open(name);
    if (name === 'fish') await shell.run("complete -C 'tickpipe stream '");
    else await shell.complete('tickpipe stream ', '\t\t');
    for (const word of ['depth', 'index', 'lite', 'symbols']) await expect.poll(() => shell.output).toContain(word);
  });

  it('is silent when the program fails, or is gone', async () => {
    const broken = 'tickpipe() { echo noise; echo noise >&2; return 1; }';
    const after = name === 'fish' ? 'function tickpipe; echo noise; end' : broken;
    // Completion asks the program in PATH, not a function of that name.
    const shadowed = open(name, { after });
    expect(await shadowed.complete('tickpipe stre')).toBe('tickpipe stream ');
    const gone = open(name, { after: name === 'fish' ? 'set -gx PATH /usr/bin /bin' : 'PATH=/usr/bin:/bin' });
    expect(await gone.complete('tickpipe stre')).toBe('tickpipe stre');
    expect(gone.output).not.toMatch(/not found|unknown command|error/i);
  });
});

describe('bash', () => {
  it('completes with the package bash-completion, too', async () => {
    const shell = open('bash', { before: '. /usr/share/bash-completion/bash_completion' });
    expect(await shell.complete('tickpipe quote --format=nd')).toBe('tickpipe quote --format=ndjson ');
    expect(await shell.complete('tickpipe quote NSE:SBIN-EQ,@b')).toBe('tickpipe quote NSE:SBIN-EQ,@banks ');
    // Its completion of sudo passes on what is behind it.
    expect(await shell.complete('command tickpipe quote --form')).toBe('command tickpipe quote --format ');
  });

  it('is loaded by bash-completion from the folder that the script names', async () => {
    const shell = open('bash', {
      before: `mkdir -p ~/.local/share/bash-completion/completions
tickpipe completion bash > ~/.local/share/bash-completion/completions/tickpipe
. /usr/share/bash-completion/bash_completion`,
      isLoadedByHand: false,
    });
    expect(await shell.complete('tickpipe stre')).toBe('tickpipe stream ');
  });

  it.each([
    "COMP_WORDBREAKS=' \t\n'",
    'COMP_WORDBREAKS=" =><"',
    'set -u',
    'set -f',
    'IFS=:',
    'shopt -s nullglob failglob',
  ])('under %s', async (before) => {
    const shell = open('bash', { before });
    expect(await shell.complete('tickpipe quote --format=nd')).toBe('tickpipe quote --format=ndjson ');
    expect(await shell.complete('tickpipe quote --feed file:ti')).toBe('tickpipe quote --feed file:ticks/');
  });
});

describe('zsh', () => {
  it('is loaded by compinit from a folder of fpath', async () => {
    const shell = open('zsh', {
      before: 'mkdir -p ~/functions; tickpipe completion zsh > ~/functions/_tickpipe; fpath=(~/functions $fpath)',
      isLoadedByHand: false,
    });
    expect(await shell.complete('tickpipe stre')).toBe('tickpipe stream ');
  });
});

describe('fish', () => {
  it('is loaded from its folder', async () => {
    const shell = open('fish', {
      before: `mkdir -p ~/.config/fish/completions
tickpipe completion fish > ~/.config/fish/completions/tickpipe.fish
set -gp fish_complete_path ~/.config/fish/completions`,
      isLoadedByHand: false,
    });
    expect(await shell.complete('tickpipe stre')).toBe('tickpipe stream ');
  });

  it('keeps the order of symbols: the best match first', async () => {
    const shell = open('fish');
    await shell.run("complete -C 'tickpipe quote SBI' | string match --regex '^[A-Z]+:[A-Z]+' | string join '+'");
    await expect.poll(() => shell.output).toContain('NSE:SBILIFE+NSE:SBIN+BSE:SBIN');
  });
});

describe('tickpipe completion', () => {
  it.each(SHELLS)('prints a script that says how it is installed: %s', async (name) => {
    const { status, stdout, stderr } = await run(['completion', name]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n').slice(0, 12).join('\n')).toContain(`tickpipe completion ${name} > ~/`);
  });

  it('names the shells', async () => {
    expect(await run(['completion'], { env: { SHELL: '/usr/bin/fish' } })).toEqual({
      status: 2,
      signal: null,
      stdout: '',
      stderr: 'error: no shell was given\nhint: run tickpipe completion fish\n',
    });
    expect((await run(['completion', 'tcsh'])).stderr).toMatch(/^error: no completion for "tcsh"\nhint: /);
  });
});

describe('what the scripts ask', () => {
  it.each([
    [['bash'], 'tickpipe stre\0 \0', 'words\nstream\n'],
    [['bash'], '', 'words\n'],
    [['tcsh'], 'tickpipe stre\0 \0', ''],
    [[], 'tickpipe stre\0 \0', ''],
    [['bash'], '\ufffd'.repeat(100_000), 'words\n'],
  ])('%j', async (argv, input, stdout) => {
    expect(await run(['internal', 'complete', ...argv], { input })).toMatchObject({ status: 0, stdout, stderr: '' });
  });
});
