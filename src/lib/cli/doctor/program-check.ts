import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Check, failed, passed } from './check.ts';

const VERSION = /(\d+)(?:\.(\d+))?(?:\.(\d+))?/;

/** The versions of tickpipe and of Node, and whether tickpipe supports this Node. */
export const programCheck: Check = {
  limitMs: 5_000,
  run: async ({ context, machine }) => {
    const { program, version } = context;
    const { nodeVersion, platform, architecture } = machine;
    const what = `version ${version}, Node ${nodeVersion.replace(/^v/, '')}, ${platform} ${architecture}`;
    const oldest = await readOldestNode(program.root);
    if (!isOlder(nodeVersion, oldest)) return passed(what);
    return failed(
      'NODE_UNSUPPORTED',
      `${what}: this version of Node is not supported`,
      `install Node ${oldest} or newer`,
    );
  },
};

/** The oldest Node of `engines` in package.json, `>=20.19`. */
async function readOldestNode(root: string): Promise<string> {
  const { engines } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    readonly engines: { readonly node: string };
  };
  return engines.node.replace(/^>=/, '');
}

function isOlder(version: string, oldest: string): boolean {
  const [one, other] = [readVersion(version), readVersion(oldest)];
  const at = one.findIndex((part, index) => part !== other[index]);
  return at >= 0 && (one[at] as number) < (other[at] as number);
}

function readVersion(text: string): number[] {
  const [, ...parts] = VERSION.exec(text) ?? [];
  return parts.map((part) => Number(part ?? 0));
}
