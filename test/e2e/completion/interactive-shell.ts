import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { afterTest, emptyFolder, PROGRAM } from '../program.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type ShellName = (typeof SHELLS)[number];

const TAB = '\t';
/** Bound in each shell: appends the line that is being typed to a file. */
const SHOW = '\x07';
/** Empties the line. */
const CLEAR = '\x15';

export interface ShellOptions {
  /** Lines of the shell that come before those of completion. */
  readonly before?: string;
  /** Lines that come after them. */
  readonly after?: string;
  /** False when `before` installs the script so that the shell loads it. */
  readonly isLoadedByHand?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** The folder in which the shell begins. */
  readonly cwd?: string;
}

/** A home with `tickpipe` in its PATH, and the environment in which programs find it. */
export function makeHome(): { readonly home: string; readonly env: Readonly<Record<string, string>> } {
  const home = emptyFolder();
  const bin = path.join(home, 'bin');
  mkdirSync(bin);
  symlinkSync(PROGRAM, path.join(bin, 'tickpipe'));
  const PATH = `${bin}:${path.dirname(process.execPath)}:${process.env['PATH']}`;
  return { home, env: { PATH, HOME: home, TERM: 'dumb', LC_ALL: 'C.UTF-8' } };
}

/** How a shell is started and made to load completion, with `SHOW` bound. The file of the shown lines is `$SHOWN`. */
const STARTS: Readonly<
  Record<ShellName, { readonly argv: (rc: string) => string; readonly rc: (options: ShellOptions) => string }>
> = {
  bash: {
    argv: (rc) => `bash --noprofile --rcfile ${rc} -i`,
    rc: ({ before = '', after = '', isLoadedByHand = true }) => `PS1='READY> '
${before}
bind 'set bell-style none'
bind 'set completion-query-items 0'
bind 'set page-completions off'
${isLoadedByHand ? 'eval "$(tickpipe completion bash)"' : ''}
${after}
bind -x '"\\C-g": printf "%s\\0" "$READLINE_LINE" >> "$SHOWN"'
`,
  },
  zsh: {
    argv: (rc) => `env ZDOTDIR=${path.dirname(rc)} zsh -d -i`,
    rc: ({ before = '', after = '', isLoadedByHand = true }) => `PS1='READY> '
${before}
unsetopt beep
LISTMAX=10000
autoload -Uz compinit && compinit -D -u
${isLoadedByHand ? 'source <(tickpipe completion zsh)' : ''}
${after}
show() { printf '%s\\0' "$BUFFER" >> "$SHOWN" }
zle -N show
bindkey '^G' show
`,
  },
  fish: {
    argv: (rc) => `fish --no-config --interactive --init-command "source ${rc}"`,
    rc: ({ before = '', after = '', isLoadedByHand = true }) => `${before}
set -g fish_greeting
function fish_prompt; echo 'READY> '; end
${isLoadedByHand ? 'tickpipe completion fish | source' : ''}
${after}
bind \\cg 'printf "%s\\0" (commandline | string collect) >> "$SHOWN"'
`,
  },
};

/** An interactive shell on a terminal of its own, into which a test types. */
export class InteractiveShell {
  readonly home: string;
  readonly #child: ReturnType<typeof spawn>;
  readonly #shown: string;
  /** Everything that the terminal showed. */
  output = '';

  constructor(name: ShellName, options: ShellOptions = {}) {
    const { home, env } = makeHome();
    const rc = path.join(home, name === 'zsh' ? '.zshrc' : 'rc');
    const { argv, rc: write } = STARTS[name];
    writeFileSync(rc, write(options));
    chmodSync(home, 0o700);
    this.home = home;
    this.#shown = path.join(home, 'shown');
    this.#child = spawn('script', ['-qec', argv(rc), '/dev/null'], {
      env: { ...env, SHELL: '/bin/sh', SHOWN: this.#shown, ...options.env },
      cwd: options.cwd ?? home,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.output += chunk.toString();
    });
    afterTest(() => this.#child.kill('SIGKILL'));
  }

  /** Types a whole line. */
  async run(line: string): Promise<void> {
    await this.#typeAtPrompt(`${line}\r`);
  }

  /** Types a line and a TAB. Resolves to the line that the shell made of it. The shell reads keys one after another, so this waits for the completion. */
  async complete(line: string, keys = TAB): Promise<string> {
    const before = this.#lines().length;
    await this.#typeAtPrompt(`${line}${keys}${SHOW}${CLEAR}`);
    await expect.poll(() => this.#lines().length).toBeGreaterThan(before);
    return this.#lines()[before] as string;
  }

  async #typeAtPrompt(keys: string): Promise<void> {
    // Before the first prompt the terminal would take the keys as lines.
    await expect.poll(() => this.output).toContain('READY> ');
    this.#child.stdin?.write(keys);
  }

  #lines(): string[] {
    return existsSync(this.#shown) ? readFileSync(this.#shown, 'utf8').split('\0').slice(0, -1) : [];
  }
}
