import { describe, expect, test } from 'vitest';
import { answerCompletion } from '../../../src/lib/cli/completion/answer.ts';
import { type CompletionSources, complete } from '../../../src/lib/cli/completion/complete.ts';
import type { CompletionTable } from '../../../src/lib/cli/completion/table.ts';

const FORMATS = { kind: 'words', words: ['ndjson', 'csv', 'table'] } as const;
const TABLE: CompletionTable = {
  flags: [
    { name: 'format', char: 'f', summary: 'the format', values: FORMATS },
    { name: 'fields', summary: 'columns', values: { kind: 'words', words: ['ltp', 'bid', 'bid_size'], list: true } },
    { name: 'quiet', char: 'q', summary: 'less', values: false },
    { name: 'output', char: 'o', summary: 'a file', values: { kind: 'files' } },
    { name: 'count', char: 'n', summary: 'rows', values: null },
    { name: 'fault', summary: 'a fault', values: { kind: 'words', words: ['drop', 'mute='] }, repeats: true },
    { name: 'feed', summary: 'the feed', values: { kind: 'feeds', words: ['fyers', 'sim', 'file:', 'ws://'] } },
    { name: 'profile', summary: 'a profile', values: { kind: 'profiles' } },
    { name: 'help', char: 'h', summary: 'help', values: false },
  ],
  commands: {
    quote: {
      summary: 'one row',
      flags: [0, 1, 2, 3, 4, 5, 6, 7, 8],
      arguments: [{ values: { kind: 'symbols' }, repeats: true }],
    },
    chain: { summary: 'strikes', flags: [], arguments: [{ values: { kind: 'underlyings' } }] },
    'stream depth': { summary: 'books', flags: [2], arguments: [] },
    'stream lite': { summary: 'prices', flags: [2], arguments: [] },
    'config get': { summary: 'a value', flags: [], arguments: [{ values: { kind: 'keys' } }] },
    'config set': {
      summary: 'sets',
      flags: [],
      arguments: [{ values: { kind: 'keys' } }, { values: { kind: 'value-of-key' } }],
    },
    'watchlist remove': {
      summary: 'removes',
      flags: [],
      arguments: [{ values: { kind: 'watchlists' } }, { values: { kind: 'listed' }, repeats: true }],
    },
    'watchlist add': {
      summary: 'adds',
      flags: [],
      arguments: [{ values: { kind: 'watchlists' } }, { values: { kind: 'symbols' }, repeats: true }],
    },
  },
  groups: { stream: 'prints ticks', config: 'settings', watchlist: 'lists' },
  topics: { rows: 'every row', config: 'the file' },
};

const SOURCES: CompletionSources = {
  watchlists: () => ['banks', 'metals'],
  listedIn: (name) => (name === 'banks' ? ['NSE:SBIN-EQ', 'NSE:M&M-EQ', '@metals'] : []),
  profiles: () => ['default', 'work'],
  symbols: (prefix) =>
    [{ text: 'NSE:M&M-EQ', summary: 'MAHINDRA' }, { text: 'NSE:NIFTY50 EQL WGT-INDEX' }].filter(
      ({ text }) => prefix !== '' && text.startsWith(prefix.toUpperCase()),
    ),
  underlyings: () => [{ text: 'NIFTY' }],
  paths: (prefix) => ['ticks/', 'ticks.csv', 'a b'].filter((path) => path.startsWith(prefix)),
};

/** The texts that complete a line, whose words are between blanks. */
function texts(line: string): string[] {
  const words = line.split(' ');
  return complete(words.slice(0, -1), words.at(-1) ?? '', TABLE, SOURCES).candidates.map(({ text }) => text);
}

describe('complete', () => {
  test.each([
    ['', ['quote', 'chain', 'stream', 'config', 'watchlist', 'help']],
    ['st', ['stream']],
    ['stream ', ['depth', 'lite']],
    ['stream l', ['lite']],
    ['stream nothing ', []],
    ['nothing ', []],
    ['-', ['--help', '--version']],
    ['stream -', ['--help']],
    ['help ', ['quote', 'chain', 'stream', 'config', 'watchlist', 'rows']],
    ['help stream ', ['depth', 'lite']],
    ['help quote ', []],
    ['stream depth --', ['--quiet']],
    ['stream depth -q', ['-q']],
    ['stream depth --quiet --', []],
    ['stream depth x', []],
    ['quote --fo', ['--format']],
    ['quote --format ', ['ndjson', 'csv', 'table']],
    ['quote --format=c', ['--format=csv']],
    ['quote -f t', ['table']],
    ['quote -fta', ['-ftable']],
    ['quote -qf t', ['table']],
    ['quote --format csv --fo', []],
    ['quote --fault drop --fau', ['--fault']],
    ['quote --fault ', ['drop', 'mute=']],
    ['quote --fields ', ['ltp', 'bid', 'bid_size']],
    ['quote --fields ltp,', ['ltp,bid', 'ltp,bid_size']],
    ['quote --fields ltp,bid_', ['ltp,bid_size']],
    ['quote --fields=ltp,bid_', ['--fields=ltp,bid_size']],
    ['quote --fields nothing,l', ['nothing,ltp']],
    ['quote --count ', []],
    ['quote --count 5 -', ['--format', '--fields', '--quiet', '--output', '--fault', '--feed', '--profile', '--help']],
    ['quote --nonsense ', ['@banks', '@metals']],
    ['quote --nonsense=', []],
    ['quote --feed f', ['fyers', 'file:']],
    ['quote --feed file:t', ['file:ticks/', 'file:ticks.csv']],
    ['quote --feed=file:ticks/', ['--feed=file:ticks/']],
    ['quote --profile w', ['work']],
    ['quote @', ['@banks', '@metals']],
    ['quote NSE:SBIN-EQ @m', ['@metals']],
    ['quote NSE:SBIN-EQ,@m', ['NSE:SBIN-EQ,@metals']],
    ['quote NSE:M', ['NSE:M&M-EQ']],
    ['quote nse:m', ['NSE:M&M-EQ']],
    ['quote @banks,NSE:N', ['@banks,NSE:NIFTY50 EQL WGT-INDEX']],
    ['chain N', ['NIFTY']],
    ['quote -- -', []],
    ['quote -- @b', ['@banks']],
    ['config get fi', ['fields']],
    ['config get pro', []],
    ['config get format ', []],
    ['config set format ', ['ndjson', 'csv', 'table']],
    ['config set quiet ', ['true', 'false']],
    ['config set nothing ', []],
    ['watchlist remove banks ', ['NSE:SBIN-EQ', 'NSE:M&M-EQ', '@metals']],
    ['watchlist remove banks NSE:SBIN-EQ NSE:', ['NSE:M&M-EQ']],
    ['watchlist remove ../banks ', []],
    ['watchlist add m', ['metals']],
    ['watchlist add metals @b', ['@banks']],
  ])('%s', (line, expected) => expect(texts(line)).toEqual(expected));

  test('a word that may go on gets no blank', () => {
    const open = (line: string) => complete(line.split(' ').slice(0, -1), line.split(' ').at(-1) ?? '', TABLE, SOURCES);
    expect(open('quote --fields lt').candidates).toEqual([{ text: 'ltp', isOpen: true }]);
    expect(open('quote --fault m').candidates).toEqual([{ text: 'mute=', isOpen: true }]);
    expect(open('quote --feed ws').candidates).toEqual([{ text: 'ws://', isOpen: true }]);
    expect(open('quote --feed si').candidates).toEqual([{ text: 'sim' }]);
  });

  test.each([
    ['quote --output ', ''],
    ['quote --output=x', '--output='],
    ['quote -ox', '-o'],
  ])('leaves files to the shell: %s', (line, behind) => {
    const words = line.split(' ');
    expect(complete(words.slice(0, -1), words.at(-1) ?? '', TABLE, SOURCES)).toEqual({
      candidates: [],
      native: { kind: 'files', behind },
    });
  });

  test('names of the language itself are no commands', () => {
    expect(texts('constructor ')).toEqual([]);
    expect(texts('__proto__ ')).toEqual([]);
    expect(texts('config set constructor ')).toEqual([]);
  });
});

describe('answerCompletion', () => {
  const BREAKS = ' \t\n"\'@><=;|&(:';
  const answer = (shell: 'bash' | 'zsh' | 'fish', ...sent: string[]): string[] =>
    answerCompletion(shell, sent.map((text) => `${text}\0`).join(''), TABLE, SOURCES)
      .split('\n')
      .slice(0, -1);

  test('bash gets what stands behind its last word break, quoted', () => {
    expect(answer('bash', 'tickpipe quote --format=', BREAKS)).toEqual(['words', 'ndjson', 'csv', 'table']);
    expect(answer('bash', 'tickpipe quote --feed file:t', BREAKS)).toEqual(['words', 'ticks/', 'ticks.csv']);
    expect(answer('bash', 'tickpipe quote --feed file:a', BREAKS)).toEqual(['words', 'a\\ b']);
    expect(answer('bash', "tickpipe quote --feed 'file:a", BREAKS)).toEqual(['words', 'file:a b']);
    expect(answer('bash', 'tickpipe quote --feed file:t', ' ')).toEqual(['words', 'file:ticks/', 'file:ticks.csv']);
  });

  test('bash gets symbols whose & and blanks are quoted, unless they stand in quotes', () => {
    expect(answer('bash', 'tickpipe quote NSE:M', BREAKS)).toEqual(['words', 'M\\&M-EQ']);
    expect(answer('bash', 'tickpipe quote NSE:M\\&', BREAKS)).toEqual(['words', 'M\\&M-EQ']);
    expect(answer('bash', "tickpipe quote 'NSE:M&", BREAKS)).toEqual(['words', 'NSE:M&M-EQ']);
    expect(answer('bash', 'tickpipe quote "NSE:N', BREAKS)).toEqual(['words', 'NSE:NIFTY50 EQL WGT-INDEX']);
    expect(answer('bash', 'tickpipe quote NSE:NIFTY50\\ E', BREAKS)).toEqual(['words', 'NIFTY50\\ EQL\\ WGT-INDEX']);
    expect(answer('bash', 'tickpipe quote nse:m', BREAKS)).toEqual(['words', 'M\\&M-EQ']);
    expect(answer('bash', 'tickpipe quote @banks,NSE:M', BREAKS)).toEqual(['words', 'M\\&M-EQ']);
  });

  test('bash gets no blank after a word that may go on', () => {
    expect(answer('bash', 'tickpipe quote --fields lt', BREAKS)).toEqual(['open', 'ltp']);
    expect(answer('bash', 'tickpipe quote --fields bid', BREAKS)).toEqual(['words', 'bid', 'bid_size']);
  });

  test('files are the shell’s', () => {
    expect(answer('bash', 'tickpipe quote --output=x', BREAKS)).toEqual(['files']);
    expect(answer('bash', 'tickpipe quote > x', BREAKS)).toEqual(['files']);
    expect(answer('zsh', 'quote', '--output=x')).toEqual(['files\t--output=']);
    expect(answer('fish', 'quote', '-ox')).toEqual(['files\t-o']);
  });

  test('zsh and fish get summaries', () => {
    expect(answer('zsh', 'quote', '--q')).toEqual(['words', '--quiet\t\tless']);
    expect(answer('zsh', 'quote', '--fields', 'l')).toEqual(['words', 'ltp\topen\t']);
    expect(answer('fish', 'quote', '--q')).toEqual(['words', '--quiet\tless']);
    expect(answer('fish', 'quote', "'@m")).toEqual(['words', '@metals']);
  });

  test('what a terminal would obey is left out', () => {
    const evil: CompletionSources = { ...SOURCES, watchlists: () => ['good', 'a\nb', '\u001b[2Jx', '\u009bx'] };
    const sent = ['tickpipe quote @', BREAKS].map((text) => `${text}\0`).join('');
    expect(answerCompletion('bash', sent, TABLE, evil)).toBe('words\n@good\n');
  });

  test.each(['', '\0', 'x', '\0\0\0'])('nothing useful was sent: %j', (input) => {
    for (const shell of ['bash', 'zsh', 'fish'] as const) {
      expect(answerCompletion(shell, input, TABLE, SOURCES).split('\n')[0]).toMatch(/^(words|open)$/);
    }
  });
});
