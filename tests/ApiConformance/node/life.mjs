// A secret's life by the JavaScript SDK at its defaults; the endpoint and the keys come from the environment.
import assert from 'node:assert/strict';
import {
  BatchGetSecretValueCommand, CreateSecretCommand, DeleteSecretCommand, GetSecretValueCommand,
  PutSecretValueCommand, ResourceNotFoundException, SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

const client = new SecretsManagerClient({ endpoint: process.env.SENTO_ENDPOINT });
const name = 'node/life';

const made = await client.send(new CreateSecretCommand({ Name: name, SecretString: 'one' }));
assert.match(made.ARN, /:secret:node\/life-\w{6}$/);
await client.send(new PutSecretValueCommand({ SecretId: name, SecretBinary: new Uint8Array([1, 2, 255]) }));

const current = await client.send(new GetSecretValueCommand({ SecretId: made.ARN }));
assert.deepEqual([...current.SecretBinary], [1, 2, 255]);
assert.ok(current.CreatedDate instanceof Date);
const before = await client.send(new GetSecretValueCommand({ SecretId: name, VersionStage: 'AWSPREVIOUS' }));
assert.equal(before.SecretString, 'one');

const batch = await client.send(new BatchGetSecretValueCommand({ SecretIdList: [name, 'node/none'] }));
assert.equal(batch.SecretValues.length, 1);
assert.equal(batch.Errors[0].ErrorCode, 'ResourceNotFoundException');

await client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
await assert.rejects(client.send(new GetSecretValueCommand({ SecretId: name })), ResourceNotFoundException);
console.log('good');
