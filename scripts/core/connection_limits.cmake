# How many connections and handshakes there may be.

# There is a limit to the connections, as newer releases have it
# (grpc.max_allowed_incoming_connections): who comes then is hung up on. Another is
# to the handshakes that are begun and not done. Who comes then, or when they take the
# last places of the connections, gets the place of the one that began first: were the
# new one refused, whoever does not go on would keep all others out.
set(server "src/core/ext/transport/chttp2/server/chttp2_server.cc")
mend(
  "${server}"
  [[
#include <algorithm>
#include <initializer_list>
]]
  [[
#include <limits.h>

#include <algorithm>
#include <atomic>
#include <initializer_list>
]]
)
mend(
  "${server}"
  [[
    using InternallyRefCounted<ActiveConnection>::Ref;

   private:
    static void OnClose]]
  [[
    using InternallyRefCounted<ActiveConnection>::Ref;

    uint64_t number = 0;

   private:
    static void OnClose]]
)
mend(
  "${server}"
  [[
      ABSL_GUARDED_BY(mu_);
  grpc_closure tcp_server_shutdown_complete_]]
  [[
      ABSL_GUARDED_BY(mu_);
  // With a config fetcher, which has its own limits, none is kept here.
  std::map<uint64_t, ActiveConnection*> handshakes_ ABSL_GUARDED_BY(mu_);
  uint64_t accepted_ ABSL_GUARDED_BY(mu_) = 0;
  // Those that have had their handshakes; a connection may outlive the listener.
  std::shared_ptr<std::atomic<int>> connected_ =
      std::make_shared<std::atomic<int>>(0);
  grpc_closure tcp_server_shutdown_complete_]]
)
mend(
  "${server}"
  [[
  RefCountedPtr<grpc_server_config_fetcher::ConnectionManager>
      connection_manager;
  {
    MutexLock lock(&self->mu_);
    connection_manager = self->connection_manager_;
  }
]]
  [[
  RefCountedPtr<grpc_server_config_fetcher::ConnectionManager>
      connection_manager;
  const int most_connections =
      args.GetInt("grpc.max_allowed_incoming_connections").value_or(INT_MAX);
  const size_t most_handshakes = std::max(
      1, args.GetInt("grpc.experimental.max_handshakes").value_or(INT_MAX));
  {
    MutexLock lock(&self->mu_);
    connection_manager = self->connection_manager_;
  }
]]
)
mend(
  "${server}"
  [[
    gpr_free(acceptor);
  };
  if (self->server_->config_fetcher() != nullptr) {
]]
  [[
    gpr_free(acceptor);
  };
  if (self->connected_->load() >= most_connections) {
    gpr_log(GPR_ERROR, "There are %d connections; another is hung up on",
            most_connections);
    endpoint_cleanup(absl::OkStatus());
    return;
  }
  if (self->server_->config_fetcher() != nullptr) {
]]
)
mend(
  "${server}"
  [[
  RefCountedPtr<Chttp2ServerListener> listener_ref;
  {
    MutexLock lock(&self->mu_);
    // Shutdown the]]
  [[
  RefCountedPtr<Chttp2ServerListener> listener_ref;
  // One that has been started: a socket's connections are accepted one by one.
  OrphanablePtr<ActiveConnection> given_up;
  size_t handshakes = 0;
  {
    MutexLock lock(&self->mu_);
    // Shutdown the]]
)
mend(
  "${server}"
  [[
      self->connections_.emplace(connection.get(), std::move(connection));
]]
  [[
      if (self->server_->config_fetcher() == nullptr) {
        connection->number = ++self->accepted_;
        self->handshakes_.emplace(connection->number, connection.get());
        handshakes = self->handshakes_.size();
        if (handshakes > most_handshakes ||
            (handshakes > 1 && handshakes + self->connected_->load() >
                                   static_cast<size_t>(most_connections))) {
          auto first = self->handshakes_.begin();
          auto it = self->connections_.find(first->second);
          given_up = std::move(it->second);
          self->connections_.erase(it);
          self->handshakes_.erase(first);
        }
      }
      self->connections_.emplace(connection.get(), std::move(connection));
]]
)
mend(
  "${server}"
  [[
  if (connection != nullptr) {
    endpoint_cleanup(absl::OkStatus());
]]
  [[
  if (given_up != nullptr) {
    gpr_log(GPR_ERROR,
            "There are %zu handshakes; the one that began first is given up",
            handshakes - 1);
    given_up.reset();
  }
  if (connection != nullptr) {
    endpoint_cleanup(absl::OkStatus());
]]
)
mend(
  "${server}"
  [[
            // will not be invoked when a config fetcher is set.
            cleanup_connection = true;
]]
  [[
            // will not be invoked when a config fetcher is set.
            cleanup_connection = true;
            auto connected = self->connection_->listener_->connected_;
            connected->fetch_add(1);
            on_close = NewClosure(
                [connected](grpc_error_handle) { connected->fetch_sub(1); });
]]
)
mend(
  "${server}"
  [[
      self->connection_->listener_->connections_.erase(it);
]]
  [[
      self->connection_->listener_->connections_.erase(it);
      self->connection_->listener_->handshakes_.erase(
          self->connection_->number);
]]
)
