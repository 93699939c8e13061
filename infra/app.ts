/** What `cdk` synthesizes: one fleet, as cdk.json's context has it. */
import { App } from 'aws-cdk-lib';
import { SentinelStack } from './sentinel-stack.ts';
import { readSettings } from './settings.ts';

const app = new App();
const bundles: unknown = app.node.tryGetContext('lambda-sentinel:bundles');
const { region, ...settings } = readSettings(app);
new SentinelStack(app, 'LambdaSentinel', {
  description: 'Redis Sentinel without servers',
  // Without an account: it is deployed to whichever the credentials are of, and nothing is looked up at synth.
  env: { region },
  ...settings,
  ...(typeof bundles === 'string' && { bundles }),
});
app.synth();
