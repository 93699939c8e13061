import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { ConsumerStack } from './consumer-stack.ts';

const app = new App();
const bundles: unknown = app.node.tryGetContext('lambda-sentinel:bundles');
new ConsumerStack(app, 'Consumer', {
  env: { region: 'eu-west-1' },
  nodesCa: readFileSync(new URL('nodes-ca.pem', import.meta.url), 'utf8'),
  ...(typeof bundles === 'string' && { bundles }),
});
app.synth();
