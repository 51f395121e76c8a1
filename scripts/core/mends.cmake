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

include("${CMAKE_CURRENT_LIST_DIR}/turns.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/connection_limits.cmake")
