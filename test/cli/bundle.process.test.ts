import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAX_START_BYTES = 450_000;
/** A file costs about a third of a millisecond. */
const MAX_STREAM_FILES = 25;

const meta: Metafile = JSON.parse(await readFile(path.join(ROOT, 'dist/meta.json'), 'utf8'));

/** The files of the bundle that are loaded together with one, without what it loads later on its own. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const imports = meta.outputs[file]?.imports ?? [];
  for (const { path: target, kind, external } of imports) {
    if (kind === 'import-statement' && !external) loadedWith(target, seen);
  }
  return seen;
}

/** The outputs that hold a source file. */
function outputsOf(source: string): string[] {
  return Object.keys(meta.outputs).filter((file) => source in (meta.outputs[file]?.inputs ?? {}));
}

function startOf(command: string): { packages: string[]; bytes: number } {
  const files = [...loadedWith('dist/main.js'), ...loadedWith(`dist/commands/${command}.js`)];
  const outputs = [...new Set(files)].map((file) => meta.outputs[file]).filter((output) => output !== undefined);
  const inputs = outputs.flatMap((output) => Object.keys(output.inputs));
  const packages = inputs.flatMap((input) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? []);
  return { packages: [...new Set(packages)].sort(), bytes: outputs.reduce((sum, { bytes }) => sum + bytes, 0) };
}

describe('what a start loads', () => {
  const commands = Object.keys(meta.outputs).flatMap((file) => /^dist\/commands\/(.*)\.js$/.exec(file)?.[1] ?? []);

  test('every command is a file of its own', async () => {
    const sources = await readdir(path.join(ROOT, 'src/commands'), { recursive: true });
    const expected = sources.filter((name) => name.endsWith('.ts')).map((name) => name.slice(0, -'.ts'.length));
    expect(commands.sort()).toEqual(expected.sort());
    expect(commands.length).toBeGreaterThan(0);
  });

  test.each(['src/lib/cli/replay/replay.ts', 'src/lib/recording/playback/open-recording.ts'])(
    '%s: nothing that reads Parquet, which most recordings do not need',
    (source) => {
      const loaded = outputsOf(source).flatMap((file) => [...loadedWith(file)]);
      const inputs = loaded.flatMap((file) => Object.keys(meta.outputs[file]?.inputs ?? {}));
      expect(inputs).toContain('src/lib/recording/playback/recorded-feed.ts');
      expect(inputs.filter((input) => /hyparquet|compact\//.test(input))).toEqual([]);
    },
  );

  test('a hub: nothing of the documents of its API, which few ask for', () => {
    const loaded = outputsOf('src/lib/hub/server/api.ts').flatMap((file) => [...loadedWith(file)]);
    const inputs = loaded.flatMap((file) => Object.keys(meta.outputs[file]?.inputs ?? {}));
    expect(inputs).toContain('src/lib/hub/server/document-routes.ts');
    expect(inputs.filter((input) => /hub\/documents\/|hub\/protocol\/answers|sample-rows/.test(input))).toEqual([]);
    expect(outputsOf('src/lib/hub/documents/openapi.ts')).toHaveLength(1);
  });

  test.each(['stream/symbols', 'quote'])('%s: few files, however many other commands there are', (command) => {
    expect(loadedWith(`dist/commands/${command}.js`).size).toBeLessThan(MAX_STREAM_FILES);
  });

  test.each(commands)('%s: oclif and ws, nothing that only some runs need', (command) => {
    const { packages, bytes } = startOf(command);
    expect(packages.filter((name) => name !== 'ws')).toEqual(['@oclif/core']);
    expect(bytes).toBeLessThan(MAX_START_BYTES);
  });
});
