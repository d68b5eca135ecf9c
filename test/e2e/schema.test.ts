import { describe, expect, it } from 'vitest';
import { run } from './program.ts';

describe('tickpipe schema', () => {
  it('prints the schema of one row, its name in any case', async () => {
    const { status, stdout, stderr } = await run(['schema', 'depthupdate']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const schema = JSON.parse(stdout);
    expect(schema).toMatchObject({ title: 'DepthUpdate', type: 'object' });
    expect(Object.keys(schema.properties)).toEqual(
      'type symbol bid ask spread imbalance received_at simulated'.split(' '),
    );
  });

  it('prints one schema for all rows', async () => {
    const { status, stdout } = await run(['schema']);
    expect(status).toBe(0);
    expect(Object.keys(JSON.parse(stdout).$defs)).toEqual(
      'SymbolUpdate IndexUpdate DepthUpdate LiteUpdate Gap Status Skipped Subscribed Unsubscribed Login Setting Profile Check Symbol MasterFile Bar'.split(
        ' ',
      ),
    );
  });

  it('names the nearest type', async () => {
    expect(await run(['schema', 'SymbolUpdat'])).toMatchObject({
      status: 2,
      stdout: '',
      stderr: 'error: there is no row type "SymbolUpdat"\nhint: did you mean SymbolUpdate?\n',
    });
    expect((await run(['schema', 'x'])).stderr).toContain('hint: one of SymbolUpdate, IndexUpdate');
  });
});
