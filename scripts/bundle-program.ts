import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { leanNode } from './lean-node.ts';
import { leanOclif } from './lean-oclif.ts';
import { leanWs } from './lean-ws.ts';
import { leanZod } from './lean-zod.ts';
import { type BundledPackage, listBundled } from './third-party-notices.ts';

/** Optional native add-ons of ws: looked for at run time, and may be absent. */
export const OPTIONAL_PACKAGES = ['bufferutil', 'utf-8-validate'];

export const BUNDLE = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  legalComments: 'none',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
  write: false,
} as const satisfies esbuild.BuildOptions;

const COMMON_JS = {
  ...BUNDLE,
  format: 'cjs',
  external: OPTIONAL_PACKAGES,
  // Code that is run as a script has no `import()`: a module in the same file is run when it is first wanted.
  supported: { 'dynamic-import': false },
  outfile: 'unwritten.cjs',
} as const satisfies esbuild.BuildOptions;

/**
 * Packages that only some runs need, in files of their own: the less text there is in the program, the faster it starts. The others
 * are in the program: what is small, or on the road of every tick. The value: whether a package is written in ECMAScript modules, and
 * whether what it exports is a default, which `export *` leaves out.
 */
const APART: Readonly<Record<string, boolean | 'default'>> = {
  'cli-table3': false,
  'csv-parse/sync': true,
  fastify: false,
  hyparquet: true,
  'hyparquet-writer': true,
  ora: 'default',
  'prom-client': false,
  zod: true,
};

/**
 * Bundles of some commands alone, beside the program, which has all: the less a bundle has, the faster it starts. A command that is in
 * none of these runs as well, from the program. `withHelp`: without it, all that prints help is left out.
 */
const PARTS: Readonly<Record<string, { readonly commands: readonly string[]; readonly withHelp: boolean }>> = {
  stream: {
    commands: ['quote', 'stream:symbols', 'stream:index', 'stream:depth', 'stream:lite'],
    withHelp: false,
  },
  hub: { commands: ['internal:hub'], withHelp: false },
  help: { commands: [], withHelp: true },
};
/** What help needs, and nothing else does. */
const HELP_SOURCE = /[\\/]src[\\/]lib[\\/]cli[\\/](?:help[\\/]|command[\\/]oclif-config\.ts$)/;

/** The program: what is started by `bin/run.js`. */
export interface ProgramBundle {
  /** The text of each file below `dist/`. */
  readonly files: ReadonlyMap<string, string>;
  /** What every file has and imports, and of the program also which module imports which, and how. */
  readonly metafile: esbuild.Metafile;
  readonly packages: readonly BundledPackage[];
}

/**
 * Bundles the program as scripts that `src/lib/host/code-cache.ts` loads.
 * @param commands the folder of the commands' sources
 */
export async function bundleProgram(commands: string, repository: string): Promise<ProgramBundle> {
  const ids = await listCommands(commands);
  const oclifParts = new Set<string>();
  const bundle = (entry: string, commands: ReadonlyMap<string, string>, ...plugins: esbuild.Plugin[]) =>
    bundleFile({ entryPoints: [entry], absWorkingDir: repository, plugins: [commandModules(commands), ...plugins] });
  const bundleMain = (commands: ReadonlyMap<string, string>, ...plugins: esbuild.Plugin[]) =>
    bundle('src/main.ts', commands, leanOclif(oclifParts), leanNode, leanWs, packagesApart(APART), ...plugins);
  const program = await bundleMain(ids);
  const someCommands = await Promise.all(
    Object.entries(PARTS).map(async ([name, part]) => {
      const present = new Map(part.commands.filter((id) => ids.has(id)).map((id) => [id, ids.get(id) as string]));
      return { name, ...(await bundleMain(present, ...(part.withHelp ? [] : [withoutHelp]))) };
    }),
  );
  const start = await bundle('src/start.ts', ids);
  const completion = await bundle('src/complete.ts', ids);
  for (const { metafile } of [start, completion]) refusePackages(metafile);
  const parts = await Promise.all([
    ...Object.entries(APART).map(([name, isModule]) => bundlePackage(name, repository, isModule)),
    // oclif's own dependencies, as oclif finds them.
    ...[...oclifParts]
      .sort()
      .map((name) => bundlePackage(name, path.join(repository, 'node_modules/@oclif/core'), false)),
  ]);
  return {
    files: new Map([
      ['start.cjs', start.text],
      ['program.cjs', wrap(program.text)],
      ...someCommands.map(({ name, text }) => [`${name}.cjs`, wrap(text)] as const),
      ['complete.cjs', wrap(completion.text)],
      ...parts.map(({ name, text }) => [`vendor/${name}.cjs`, wrap(text)] as const),
    ]),
    metafile: {
      inputs: program.metafile.inputs,
      outputs: Object.fromEntries(
        [
          ...Object.entries({ start, program, complete: completion }),
          ...someCommands.map((part) => [part.name, part] as const),
          ...parts.map((part) => [`vendor/${part.name}`, part] as const),
        ].flatMap(([name, { metafile }]) =>
          Object.values(metafile.outputs).map((output) => [`dist/${name}.cjs`, output]),
        ),
      ),
    },
    packages: [...(await listBundled(program.metafile, repository)), ...parts.flatMap(({ packages }) => packages)],
  };
}

/** One file that exports the classes of all commands as `COMMANDS`, for oclif to make its manifest of. */
export async function bundleCommandClasses(commands: string, repository: string): Promise<string> {
  const classes = [...(await listCommands(commands))].map(
    ([id, file]) => `${JSON.stringify(id)}: load(${requireOf(file)})`,
  );
  const contents = `const load = (module) => module.default; exports.COMMANDS = { ${classes.join(', ')} };`;
  const stdin = { contents, resolveDir: repository };
  return (await bundleFile({ stdin, absWorkingDir: repository, plugins: [leanZod] })).text;
}

async function bundleFile(
  options: esbuild.BuildOptions,
): Promise<{ readonly text: string; readonly metafile: esbuild.Metafile }> {
  const { outputFiles, metafile } = await esbuild.build({ ...COMMON_JS, ...options, write: false, metafile: true });
  return { text: outputFiles[0]?.text ?? '', metafile };
}

/** A package as a file of its own. @param from the folder of the package that imports it */
async function bundlePackage(name: string, from: string, isModule: boolean | 'default') {
  const text = JSON.stringify(name);
  const stdin = {
    contents:
      isModule === true
        ? `export * from ${text};`
        : `module.exports = require(${text})${isModule === 'default' ? '.default' : ''};`,
    resolveDir: from,
  };
  const bundled = await bundleFile({ stdin, absWorkingDir: from, plugins: [leanZod] });
  return { name, ...bundled, packages: await listBundled(bundled.metafile, from) };
}

/** A function of CommonJS' five names, after the id of its text. */
function wrap(text: string): string {
  // It is read as Latin-1, which takes no time. esbuild escapes all but what is in regular expressions, where the escape means the same.
  const ascii = text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const wrapped = `(function(exports,require,module,__filename,__dirname){${ascii}\n})`;
  return `/*${createHash('sha256').update(wrapped).digest('hex').slice(0, 16)}*/${wrapped}`;
}

/** The file of each command's id; that of `stream index` is `stream/index/index.ts`, because oclif leaves out a last `index`. */
async function listCommands(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder, { recursive: true });
  return new Map(
    names
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => [name.replace(/([\\/]index)?\.ts$/, '').replaceAll(path.sep, ':'), path.join(folder, name)]),
  );
}

/** The bundle that a command is run from. */
function bundleOf(id: string): string {
  return Object.entries(PARTS).find(([, { commands }]) => commands.includes(id))?.[0] ?? 'program';
}

/** Leaves out what prints help. A part without it is not started for help: see `src/start.ts`. */
const withoutHelp: esbuild.Plugin = {
  name: 'without-help',
  setup(build) {
    build.onLoad({ filter: HELP_SOURCE }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path.replace(/.*[\\/]/, '')} is not in this bundle`)});`,
    }));
  },
};

const requireOf = (file: string): string => `require(${JSON.stringify(file)})`;

/** `tickpipe:commands` and `tickpipe:bundles`. */
function commandModules(ids: ReadonlyMap<string, string>): esbuild.Plugin {
  const loaders = [...ids].map(([id, file]) => `${JSON.stringify(id)}: () => import(${JSON.stringify(file)})`);
  const texts: Readonly<Record<string, string>> = {
    'tickpipe:commands': `export const COMMANDS = { ${loaders.join(', ')} };`,
    'tickpipe:bundles': `export const BUNDLES = new Map(${JSON.stringify([...ids.keys()].map((id) => [id, bundleOf(id)]))});`,
  };
  return {
    name: 'command-modules',
    setup(build) {
      build.onResolve({ filter: /^tickpipe:/ }, ({ path }) => ({ path, namespace: 'tickpipe' }));
      build.onLoad({ filter: /.*/, namespace: 'tickpipe' }, ({ path: name }) => ({
        contents: texts[name] ?? '',
        resolveDir: path.sep,
      }));
    },
  };
}

/** Imports of these packages become requires of their own files. */
function packagesApart(names: Readonly<Record<string, unknown>>): esbuild.Plugin {
  return {
    name: 'packages-apart',
    setup(build) {
      build.onResolve({ filter: /^[^.]/ }, ({ path, importer }) =>
        path in names && !importer.includes('node_modules') ? { path: `#vendor/${path}`, external: true } : undefined,
      );
    },
  };
}

function refusePackages({ outputs }: esbuild.Metafile): void {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const packages = inputs.filter(([input, { bytesInOutput }]) => bytesInOutput > 0 && input.includes('node_modules'));
  if (packages.length === 0) return;
  throw new Error(`every start must load no package, but loads ${packages.map(([input]) => input).join(', ')}`);
}
