// What oidc-provider stores, by the adapter that its documentation calls for: in memory, or in Redis.
import Redis from 'ioredis';

const isGranted = (model, payload) => payload.grantId && model !== 'Session' && model !== 'Grant';

// Without a limit on what it holds.
export function inMemory() {
  const stored = new Map();
  const granted = new Map();
  return class Memory {
    constructor(model) { this.model = model; }
    key(id) { return `${this.model}:${id}`; }
    async upsert(id, payload) {
      const key = this.key(id);
      stored.set(key, payload);
      if (payload.uid) stored.set(`uid:${payload.uid}`, id);
      if (isGranted(this.model, payload)) {
        if (!granted.has(payload.grantId)) granted.set(payload.grantId, new Set());
        granted.get(payload.grantId).add(key);
      }
    }
    async find(id) { return stored.get(this.key(id)); }
    async findByUid(uid) { return this.find(stored.get(`uid:${uid}`)); }
    async findByUserCode() { return undefined; }
    async consume(id) { stored.get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }
    async destroy(id) { stored.delete(this.key(id)); }
    async revokeByGrantId(grantId) {
      for (const key of granted.get(grantId) ?? []) stored.delete(key);
      granted.delete(grantId);
    }
  };
}

// One trip for each call: what belongs together is sent together, and everything ends by itself.
export function inRedis(port) {
  const client = new Redis({ port, host: '127.0.0.1' });
  return class Shared {
    constructor(model) { this.model = model; }
    key(id) { return `${this.model}:${id}`; }
    async upsert(id, payload, expiresIn) {
      const key = this.key(id);
      const trip = client.multi().hset(key, { payload: JSON.stringify(payload) });
      if (expiresIn) trip.expire(key, expiresIn);
      if (payload.uid) trip.set(`uid:${payload.uid}`, id, 'EX', expiresIn);
      if (isGranted(this.model, payload)) {
        const grant = `grant:${payload.grantId}`;
        trip.sadd(grant, key);
        if (expiresIn) trip.expire(grant, expiresIn, 'GT').expire(grant, expiresIn, 'NX');
      }
      await trip.exec();
    }
    async find(id) {
      const { payload, consumed } = await client.hgetall(this.key(id));
      return payload && { ...JSON.parse(payload), ...(consumed && { consumed: Number(consumed) }) };
    }
    async findByUid(uid) { return this.find(await client.get(`uid:${uid}`)); }
    async findByUserCode() { return undefined; }
    async consume(id) { await client.hset(this.key(id), 'consumed', Math.floor(Date.now() / 1000)); }
    async destroy(id) { await client.del(this.key(id)); }
    async revokeByGrantId(grantId) {
      const keys = await client.smembers(`grant:${grantId}`);
      await client.del(...keys, `grant:${grantId}`);
    }
  };
}
