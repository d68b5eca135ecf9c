import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What a command runs at its start, of the text of the program. */
const MAX_START_BYTES = 450_000;
/** All of it is read at every start. */
const MAX_PROGRAM_BYTES = 1_800_000;

/** What prints help. */
const HELP = /src\/lib\/cli\/(?:help\/|command\/oclif-config)/;

const meta: Metafile = JSON.parse(await readFile(path.join(ROOT, 'dist/meta.json'), 'utf8'));
const program = meta.outputs['dist/program.cjs'];

/** The modules that are run together with one, without what it imports later on its own. What oclif requires, it requires when it needs it. */
function startedWith(module: string, seen = new Set<string>()): Set<string> {
  if (seen.has(module)) return seen;
  seen.add(module);
  for (const { path: target, kind } of meta.inputs[module]?.imports ?? []) {
    if (kind === 'import-statement') startedWith(target, seen);
  }
  return seen;
}

function startOf(command: string): { packages: string[]; bytes: number } {
  const modules = [...new Set([...startedWith('src/main.ts'), ...startedWith(`src/commands/${command}.ts`)])];
  const packages = modules.flatMap((module) => {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(module)?.[1];
    return name ?? (module.startsWith('#vendor/') ? module : []);
  });
  const bytes = modules.reduce((sum, module) => sum + (program?.inputs[module]?.bytesInOutput ?? 0), 0);
  return { packages: [...new Set(packages)].sort(), bytes };
}

describe('what a start runs', async () => {
  const sources = await readdir(path.join(ROOT, 'src/commands'), { recursive: true });
  const commands = sources.filter((name) => name.endsWith('.ts')).map((name) => name.slice(0, -'.ts'.length));

  test('every command is in the program, and run on its own', () => {
    const { imports = [] } = meta.inputs['tickpipe:tickpipe:commands'] ?? {};
    expect(imports.map(({ path: target, kind }) => [target, kind]).sort()).toEqual(
      commands.map((command) => [`src/commands/${command}.ts`, 'dynamic-import']).sort(),
    );
    expect(commands.length).toBeGreaterThan(0);
  });

  test('modules of Node that load a dozen others are loaded when they are called', () => {
    const sources = Object.entries(meta.inputs).filter(([name]) => name.startsWith('src/'));
    const imported = sources.flatMap(([, { imports }]) => imports.filter(({ kind }) => kind === 'import-statement'));
    const names = new Set(imported.map(({ path: target }) => target));
    expect(names).toContain('node:http');
    expect([...names].filter((name) => /^node:(fs.promises|timers.promises|child_process)$/.test(name))).toEqual([]);
  });

  test.each(['src/lib/cli/replay/replay.ts', 'src/lib/recording/playback/open-recording.ts'])(
    '%s: nothing that reads Parquet, which most recordings do not need',
    (source) => {
      const modules = [...startedWith(source)];
      expect(modules).toContain('src/lib/recording/playback/recorded-feed.ts');
      expect(modules.filter((module) => /hyparquet|compact\//.test(module))).toEqual([]);
    },
  );

  test('a hub: nothing of the documents of its API, which few ask for', () => {
    const modules = [...startedWith('src/lib/hub/server/api.ts')];
    expect(modules).toContain('src/lib/hub/server/document-routes.ts');
    expect(modules.filter((module) => /hub\/documents\/|hub\/protocol\/answers|sample-rows/.test(module))).toEqual([]);
  });

  test.each([
    [
      'src/lib/cli/hub/hub-host.ts',
      'src/lib/hub/server/listener.ts',
      /#vendor|simulator\/|recording\/|json-client|server\/api/,
    ],
    [
      'src/lib/cli/feed/hub-feeds.ts',
      'src/lib/hub/daemon/attach-hub.ts',
      /#vendor|node_modules\/ws|node:https?$|connect-hub/,
    ],
  ])('%s: nothing that a hub, or a command that starts one, can do without', (source, used, spared) => {
    const modules = [...startedWith(source)];
    expect(modules).toContain(used);
    expect(modules.filter((module) => spared.test(module))).toEqual([]);
  });

  test('the configuration file: no zod', () => {
    expect([...startedWith('src/lib/cli/settings/config-contents.ts')]).not.toContain('#vendor/zod');
  });

  test.each([
    ['stream', 1_115_000],
    ['hub', 1_090_000],
    ['help', 400_000],
  ])('the bundle %s has little else than its commands need', (name, maxBytes) => {
    expect(meta.outputs[`dist/${name}.cjs`]?.bytes).toBeLessThan(maxBytes);
  });

  test.each(['stream', 'hub'])(
    'the bundle %s has no help, and nothing but the choice of a command asks for it',
    (name) => {
      const inputs = Object.keys(meta.outputs[`dist/${name}.cjs`]?.inputs ?? {});
      const askers = inputs.filter(
        (input) => !HELP.test(input) && meta.inputs[input]?.imports.some(({ path: target }) => HELP.test(target)),
      );
      expect(askers).toEqual(['src/lib/cli/command/run.ts']);
    },
  );

  test('little text is read, however many commands there are', () => {
    expect(program?.bytes).toBeLessThan(MAX_PROGRAM_BYTES);
  });

  test.each(commands)('%s: oclif and ws, nothing that only some runs need', (command) => {
    const { packages, bytes } = startOf(command);
    expect(packages.filter((name) => name !== 'ws')).toEqual(['@oclif/core']);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(MAX_START_BYTES);
  });
});
