import { expect, test } from 'vitest';
import { arrangeCommands } from '../../../src/lib/cli/help/command-sections.ts';

test('each command is in one section, in the order of its section; an unknown one comes last', () => {
  expect(arrangeCommands(['quote', 'stream', 'fresh', 'logout', 'login'])).toEqual([
    { heading: 'Ticks', names: ['stream', 'quote'] },
    { heading: 'Account and settings', names: ['login', 'logout'] },
    { heading: 'Other commands', names: ['fresh'] },
  ]);
});
