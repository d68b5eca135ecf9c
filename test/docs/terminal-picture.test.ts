import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderTerminal } from '../../scripts/terminal-picture.ts';
import { SAMPLE_ROWS } from '../../src/lib/market/sample-rows.ts';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

describe('renderTerminal', () => {
  const screen = '$ a & b\n\u001b[1mTITLE\u001b[0m\nltp  \u001b[32m1.5 ▲\u001b[39m  <x\n\u001b[0m\n\n';
  const svg = renderTerminal(screen, 20, 'A "terminal"');
  const texts = [
    ...svg.matchAll(/<text x="([\d.]+)" y="(\d+)"[^>]*?(fill="[^"]+"|font-weight="bold")?>([^<]*)<\/text>/g),
  ];

  test('places each group of words at its cell, and colours it', () => {
    expect(texts.map(([, x, , style, text]) => [Math.round((Number(x) - 16) / 8.4), style, text])).toEqual([
      [0, undefined, '$ a &amp; b'],
      [0, 'font-weight="bold"', 'TITLE'],
      [0, undefined, 'ltp'],
      [5, 'fill="#3fb950"', '1.5 ▲'],
      [12, undefined, '&lt;x'],
    ]);
  });

  test('has a line for each line of the screen but the empty ones at its end', () => {
    expect(new Set(texts.map(([, , y]) => y)).size).toBe(3);
    expect(svg).toContain(`height="${3 * 19 + 2 * 16}"`);
    expect(svg).toContain('<title>A &quot;terminal&quot;</title>');
  });
});

describe('README begins with', () => {
  const readme = read('README.md');

  test('a picture of the live table', () => {
    expect(readme.slice(0, readme.indexOf('\n## '))).toContain('](docs/live-table.svg)');
    const picture = read('docs/live-table.svg');
    for (const text of ['SIMULATED PRICES', 'chg%', 'NSE:SBIN-EQ', '--feed sim']) {
      expect(picture).toContain(text);
    }
  });

  test('a row as the program printed it', () => {
    const [row = ''] = /^ {4}\{"type":"SymbolUpdate"(?:.|\n)*?\}$/m.exec(readme) ?? [];
    expect(row.replaceAll(/\n\s*/g, '').trim()).toBe(SAMPLE_ROWS.SymbolUpdate);
  });
});
