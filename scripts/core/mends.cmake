# What does not hold in gRPC 1.56 and can be hit from outside.
include("${CMAKE_CURRENT_LIST_DIR}/mend.cmake")

# A client whose connection ends in the moment it is made died: told that the
# connection is READY, the watcher of the server's health took it for being
# there still (a null pointer). Another state follows, so READY is passed over,
# as newer releases do (grpc/grpc#37781).
mend(
  "src/core/ext/filters/client_channel/lb_policy/health_check_client.cc"
  [[
  state_ = state;
  status_ = status;
  if (state == GRPC_CHANNEL_READY) {
    connected_subchannel_ = subchannel_->connected_subchannel();
  } else {
    connected_subchannel_.reset();
  }
]]
  [[
  if (state == GRPC_CHANNEL_READY) {
    connected_subchannel_ = subchannel_->connected_subchannel();
    if (connected_subchannel_ == nullptr) return;
  } else {
    connected_subchannel_.reset();
  }
  state_ = state;
  status_ = status;
]]
)

# A client certificate whose IP address has neither 4 nor 16 bytes ended the
# server: the error was found, and then the number of names asserted.
mend(
  "src/core/tsi/ssl_transport_security.cc"
  [[
  if (result != TSI_OK) tsi_peer_destruct(peer);

  GPR_ASSERT((int)peer->property_count == current_insert_index);
]]
  [[
  if (result != TSI_OK) {
    tsi_peer_destruct(peer);
    return result;
  }
  GPR_ASSERT((int)peer->property_count == current_insert_index);
]]
)

# A polling thread does not leave a connection that has more to read, so that a
# handful of them keep everybody else waiting. After some reads in a row, the
# next ones are left to gRPC's executor: its threads take turns among all such
# connections, and the system divides the cores among all threads.
set(tcp "src/core/lib/iomgr/tcp_posix.cc")
mend(
  "${tcp}"
  [[
#include "src/core/lib/iomgr/executor.h"
]]
  [[
#include "src/core/lib/iomgr/executor.h"

static constexpr int kReadsBeforeOthers = 4;
]]
)
mend(
  "${tcp}"
  [[
  int inq;           // bytes pending on the socket from the last read.
]]
  [[
  int inq;           // bytes pending on the socket from the last read.
  int reads_in_a_row = 0;  // that left something to read.
]]
)
mend(
  "${tcp}"
  [[
  } else if (!urgent && tcp->inq == 0) {
    tcp->read_mu.Unlock();
]]
  [[
  } else if (!urgent && tcp->inq == 0) {
    tcp->reads_in_a_row = 0;
    tcp->read_mu.Unlock();
]]
)
mend(
  "${tcp}"
  [[
  } else {
    tcp->read_mu.Unlock();
    // Not the first time.]]
  [[
  } else if (++tcp->reads_in_a_row > kReadsBeforeOthers) {
    tcp->reads_in_a_row = kReadsBeforeOthers;
    tcp->read_mu.Unlock();
    grpc_core::Executor::Run(&tcp->read_done_closure, absl::OkStatus());
  } else {
    tcp->read_mu.Unlock();
    // Not the first time.]]
)

# Four of these threads: with the usual two a core of the machine, those of a
# process that may use few cores would take most of them.
mend(
  "src/core/lib/iomgr/executor.cc"
  [[
  max_threads_ = std::max(1u, 2 * gpr_cpu_num_cores());
]]
  [[
  max_threads_ = std::min(4u, std::max(1u, 2 * gpr_cpu_num_cores()));
]]
)

# A read takes at most what the channel allows. Without this, one makes room for as
# much as came since the connection last had nothing to read, however much it was.
mend(
  "${tcp}"
  [[
    tcp->target_length =
        std::max(2 * tcp->target_length, tcp->bytes_read_this_round);
]]
  [[
    tcp->target_length =
        std::min(std::max(2 * tcp->target_length, tcp->bytes_read_this_round),
                 static_cast<double>(tcp->max_read_chunk_size));
]]
)

# Nor does it leave a port on which others connect.
set(listener "src/core/lib/iomgr/tcp_server_posix.cc")
mend(
  "${listener}"
  [[
  // loop until accept4 returns EAGAIN, and then re-arm notification
  for (;;) {
]]
  [[
  static constexpr int kAcceptsBeforeOthers = 16;
  // loop until accept4 returns EAGAIN, and then re-arm notification
  for (int accepted = 0; accepted < kAcceptsBeforeOthers; ++accepted) {
]]
)
mend(
  "${listener}"
  [[
        read_notifier_pollset, acceptor);
  }

  GPR_UNREACHABLE_CODE(return);
]]
  [[
        read_notifier_pollset, acceptor);
  }

  grpc_core::Executor::Run(&sp->read_closure, absl::OkStatus());
  return;
]]
)
mend(
  "${listener}"
  [[
#include "src/core/lib/iomgr/exec_ctx.h"
]]
  [[
#include "src/core/lib/iomgr/exec_ctx.h"
#include "src/core/lib/iomgr/executor.h"
]]
)
