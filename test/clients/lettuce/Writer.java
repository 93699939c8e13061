import io.lettuce.core.ClientOptions;
import io.lettuce.core.LettuceVersion;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.masterreplica.MasterReplica;
import io.lettuce.core.protocol.ProtocolVersion;

/** Lettuce: writes increasing numbers and tells each acknowledgement and each failure in a line of JSON. */
public final class Writer {
  private static volatile boolean ending = false;

  public static void main(String[] args) throws Exception {
    String[] sentinels = args[0].split(",");
    String master = args[1];
    ProtocolVersion protocol = args[2].equals("3") ? ProtocolVersion.RESP3 : ProtocolVersion.RESP2;
    String key = args[3];

    // #region snippet
    RedisURI.Builder builder = RedisURI.builder().withSentinelMasterId(master).withClientName(key); // "mymaster"
    for (String sentinel : sentinels) { // 127.0.0.1:26379
      String[] address = sentinel.split(":");
      builder.withSentinel(address[0], Integer.parseInt(address[1]));
    }
    RedisURI uri = builder.build();
    RedisClient client = RedisClient.create();
    client.setOptions(ClientOptions.builder().protocolVersion(protocol).build());
    // #endregion

    StatefulRedisConnection<String, String> connection;
    if (args[4].equals("master-replica")) {
      // #region master-replica
      connection = MasterReplica.connect(client, StringCodec.UTF8, uri);
      // #endregion
    } else {
      // #region connect
      connection = client.connect(uri);
      // #endregion
    }
    keepWriting(connection, key);
    connection.close();
    client.shutdown();
  }

  private static void keepWriting(StatefulRedisConnection<String, String> connection, String key) throws Exception {
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
    tell("\"version\":\"" + LettuceVersion.getVersion().split("/")[0] + "\"");
    for (int number = 1; !ending; number++) {
      try {
        connection.sync().rpush(key, String.valueOf(number));
        tell("\"acknowledged\":" + number + "," + at());
      } catch (RuntimeException error) {
        String why = error.toString().replaceAll("[\"\\\\\\p{Cntrl}]", " ");
        tell("\"failed\":" + number + "," + at() + ",\"error\":\"" + why + "\"");
      }
      Thread.sleep(20);
    }
    tell("\"read\":" + connection.sync().lindex(key, -1));
  }

  private static String at() {
    return "\"at\":" + System.currentTimeMillis();
  }

  private static void tell(String fields) {
    System.out.println("{" + fields + "}");
  }
}
