import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type Manifest, renderCommandsPage } from '../../scripts/commands-page.ts';

const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');

describe('docs/commands.md', () => {
  test('is what npm run docs writes', async () => {
    const manifest: Manifest = JSON.parse(await read('oclif.manifest.json'));
    expect(await read('docs/commands.md')).toBe(renderCommandsPage(manifest));
  });
});

describe('renderCommandsPage', () => {
  const flag = { type: 'boolean', allowNo: false } as const;
  const manifest = {
    commands: {
      'stream:symbols': {
        id: 'stream:symbols',
        summary: 'full quotes',
        description: 'Rows of <%= command.id %>.',
        args: { symbol: { name: 'symbol', multiple: true, description: 'one symbol or more' } },
        flags: {
          quiet: { ...flag, name: 'quiet', summary: 'say nothing', helpGroup: 'diagnostics' },
          format: {
            type: 'option',
            name: 'format',
            char: 'f',
            summary: 'how rows are printed',
            helpGroup: 'output',
            helpValue: 'csv|table',
            default: 'csv',
          },
          'no-header': { ...flag, name: 'no-header', summary: 'no header', helpGroup: 'output' },
          secret: { ...flag, name: 'secret', hidden: true },
        },
        examples: [
          '<%= config.bin %> stream symbols NSE:SBIN-EQ',
          { description: 'Pipe it:', command: '<%= config.bin %> x | jq' },
        ],
      },
      ghost: { id: 'ghost', hidden: true, args: {}, flags: {} },
    },
  } as unknown as Manifest;
  const page = renderCommandsPage(manifest);

  test('has what its arguments are', () => {
    expect(page).toContain('[FLAGS]\n\n`SYMBOL`: one symbol or more\n');
  });

  test('has flags that two commands have in the same way once, and refers to them', () => {
    const { 'stream:symbols': one } = manifest.commands;
    const { format: _, ...fewer } = one?.flags ?? {};
    const twin = { ...one, id: 'stream:twin' };
    const other = { ...one, id: 'stream:zero', flags: fewer };
    const text = renderCommandsPage({
      commands: { ...manifest.commands, 'stream:twin': twin, 'stream:zero': other },
    } as Manifest);
    const [, ofTwin = '', ofOther = ''] = text.split(/^## tickpipe stream (?:twin|zero)$/m);
    expect(ofTwin).toContain('The flags are those of [tickpipe stream symbols](#tickpipe-stream-symbols).\n');
    expect(ofTwin).not.toContain('--format');
    expect(ofOther).toContain('### tickpipe stream zero: output\n');
  });

  test('has a command with its usage, words filled in', () => {
    expect(page).toContain(
      '## tickpipe stream symbols\n\nfull quotes\n\n    tickpipe stream symbols [SYMBOL...] [FLAGS]\n',
    );
    expect(page).toContain('Rows of stream symbols.');
    expect(page).toContain('\n    tickpipe stream symbols NSE:SBIN-EQ\n');
    expect(page).toContain('Pipe it:\n\n    tickpipe x | jq\n');
    expect(page).not.toContain('<%');
  });

  test('has its flags by group, with their variables', () => {
    expect(page).toContain('### tickpipe stream symbols: output\n');
    expect(page).toContain('| `-f`, `--format csv\\|table` | how rows are printed | csv | `TICKPIPE_FORMAT` |\n');
    expect(page).toContain('| `--no-header` | no header |  | `TICKPIPE_NO_HEADER` |\n');
  });

  test('has what all commands share once, and nothing hidden', () => {
    expect(page.match(/--quiet/g)).toHaveLength(1);
    expect(page).not.toMatch(/ghost|secret/);
  });
});
