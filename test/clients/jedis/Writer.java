import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.JedisSentinelPool;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.RedisSentinelClient;

/** Jedis: writes increasing numbers and tells each acknowledgement and each failure in a line of JSON. */
public final class Writer {
  private static volatile boolean ending = false;

  public static void main(String[] args) throws Exception {
    Set<HostAndPort> sentinels = Stream.of(args[0].split(",")).map(HostAndPort::from).collect(Collectors.toSet());
    String master = args[1];
    RedisProtocol protocol = args[2].equals("3") ? RedisProtocol.RESP3 : RedisProtocol.RESP2;
    String key = args[3];
    if (args[4].equals("pool")) writeByPool(sentinels, master, protocol, key);
    else writeByClient(sentinels, master, protocol, key);
  }

  private static void writeByClient(Set<HostAndPort> sentinels, String master, RedisProtocol protocol, String key)
      throws Exception {
    // #region snippet
    JedisClientConfig config = DefaultJedisClientConfig.builder().protocol(protocol).clientName(key).build();
    RedisSentinelClient client =
        RedisSentinelClient.builder()
            .masterName(master) // "mymaster"
            .sentinels(sentinels) // Set.of(new HostAndPort("127.0.0.1", 26379))
            .sentinelClientConfig(DefaultJedisClientConfig.builder().protocol(protocol).build())
            .clientConfig(config)
            .build();
    // #endregion
    keepWriting(number -> client.rpush(key, number), () -> client.lindex(key, -1));
    client.close();
  }

  private static void writeByPool(Set<HostAndPort> sentinels, String master, RedisProtocol protocol, String key)
      throws Exception {
    // #region pool
    JedisClientConfig config = DefaultJedisClientConfig.builder().protocol(protocol).clientName(key).build();
    JedisClientConfig ofSentinels = DefaultJedisClientConfig.builder().protocol(protocol).build();
    JedisSentinelPool pool = new JedisSentinelPool(master, sentinels, config, ofSentinels);
    // #endregion
    keepWriting(
        number -> {
          try (Jedis jedis = pool.getResource()) {
            return jedis.rpush(key, number);
          }
        },
        () -> {
          try (Jedis jedis = pool.getResource()) {
            return jedis.lindex(key, -1);
          }
        });
    pool.close();
  }

  private interface Reading {
    String last();
  }

  private static void keepWriting(Function<String, Long> write, Reading reading) throws Exception {
    Thread writing = Thread.currentThread();
    // the virtual machine ends when this hook does, with 143 unless it is told otherwise
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      ending = true;
      try {
        writing.join();
        Runtime.getRuntime().halt(0);
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
      }
    }));
    tell("\"version\":\"" + version() + "\"");
    for (int number = 1; !ending; number++) {
      try {
        write.apply(String.valueOf(number));
        tell("\"acknowledged\":" + number + "," + at());
      } catch (RuntimeException error) {
        String why = error.toString().replaceAll("[\"\\\\\\p{Cntrl}]", " ");
        tell("\"failed\":" + number + "," + at() + ",\"error\":\"" + why + "\"");
      }
      Thread.sleep(20);
    }
    tell("\"read\":" + reading.last());
  }

  /** As its jar says. */
  private static String version() throws IOException {
    Properties properties = new Properties();
    try (InputStream of = Jedis.class.getResourceAsStream("/redis/clients/jedis/pom.properties")) {
      properties.load(of);
    }
    return properties.getProperty("version");
  }

  private static String at() {
    return "\"at\":" + System.currentTimeMillis();
  }

  private static void tell(String fields) {
    System.out.println("{" + fields + "}");
  }
}
